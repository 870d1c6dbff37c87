// Imports go down only: pages → forms → pipeline → ui → api. What is lower can be understood, and tested, alone.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const source = import.meta.dirname;
/** From the top down; `paths.ts` may be used by all. */
const layers = ["", "pages", "forms", "pipeline", "ui", "api"];

const layerOf = (file: string) => {
  const [first, ...rest] = relative(source, file).split("/");
  return layers.indexOf(rest.length === 0 ? "" : (first ?? ""));
};

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|generated\.ts$/.test(name))
  .map((name) => join(source, name));

function imports(file: string): string[] {
  const found = readFileSync(file, "utf8").matchAll(/(?:from|import)\s+"(\.[^"]+)"/g);
  return [...found].map(([, path]) => resolve(dirname(file), path ?? ""));
}

it("finds the files", () => {
  expect(files.length).toBeGreaterThan(40);
  expect(files.flatMap(imports).length).toBeGreaterThan(100);
  expect(files.filter((file) => layerOf(file) === -1)).toEqual([]);
});

it("imports go down only", () => {
  const upward = files.flatMap((file) =>
    imports(file)
      .filter((target) => target !== join(source, "paths") && layerOf(target) < layerOf(file))
      .map((target) => `${relative(source, file)} imports ${relative(source, target)}`),
  );
  expect(upward).toEqual([]);
});

it("no component is longer than a few screens", () => {
  const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 320);
  expect(long.map((file) => relative(source, file))).toEqual([]);
});
