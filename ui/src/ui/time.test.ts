import { expect, it } from "vitest";
import { ago, span } from "./time";

it.each([
  [0, "0 s"],
  [41_000, "41 s"],
  [200_000, "3 m 20 s"],
  [7_500_000, "2 h 5 m"],
  [3_600_000, "1 h"],
  [349_200_000, "4 d 1 h"],
  [-5, "0 s"],
])("says %d ms as %s", (milliseconds, said) => {
  expect(span(milliseconds)).toBe(said);
});

it("says how long ago", () => {
  const now = Date.parse("2026-01-01T00:01:00Z");
  expect(ago("2026-01-01T00:00:00Z", now)).toBe("1 m ago");
  expect(ago("2026-01-01T00:01:00Z", now)).toBe("just now");
  expect(ago(undefined, now)).toBe("never");
});
