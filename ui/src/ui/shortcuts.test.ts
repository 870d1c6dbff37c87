import { expect, it } from "vitest";
import { isTyping, meant, shortcuts } from "./shortcuts";

it("knows keys, and keys after keys", () => {
  expect(meant("?", undefined)).toBe("help");
  expect(meant("b", "g")).toBe("board");
  expect(meant("b", undefined)).toBeUndefined();
  expect(meant("p", "g")).toBe("promotions");
  expect(meant("p", undefined)).toBe("promote");
});

it("gives no key two meanings", () => {
  const keys = Object.values(shortcuts).flatMap((shortcut) => shortcut.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

it("leaves keys alone while one writes, and those of the browser", () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  expect(isTyping({ ...plain, target: document.createElement("input") })).toBe(true);
  expect(isTyping({ ...plain, target: document.body })).toBe(false);
  expect(isTyping({ ...plain, ctrlKey: true, target: document.body })).toBe(true);
});
