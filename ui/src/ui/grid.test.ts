import { expect, it } from "vitest";
import { move, within } from "./grid";

it.each([
  ["ArrowDown", { row: 2, column: 1 }],
  ["k", { row: 0, column: 1 }],
  ["l", { row: 1, column: 2 }],
  ["Home", { row: 1, column: 0 }],
  ["End", { row: 1, column: 2 }],
  ["x", undefined],
])("%s leads on", (key, to) => {
  expect(move({ row: 1, column: 1 }, key, 3, 3)).toEqual(to);
});

it("stays inside, also when rows went away", () => {
  expect(move({ row: 0, column: 0 }, "ArrowUp", 3, 3)).toEqual({ row: 0, column: 0 });
  expect(within({ row: 9, column: 9 }, 2, 1)).toEqual({ row: 1, column: 0 });
});
