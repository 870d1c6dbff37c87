import { expect, it } from "vitest";
import { called, health, reasonLook, runPhase } from "./words";

it("has a word for every phase, even one it does not know", () => {
  expect(runPhase("Errored").word).toBe("Errored");
  expect(runPhase("Sleeping").word).toBe("Sleeping");
  expect(runPhase(undefined).word).toBe("Not begun");
  expect(health("NotApplicable").word).toBe("NotApplicable");
});

it("has a look for every reason, even one it does not know", () => {
  expect(reasonLook("rbac_denied").glyph).toBe("✕");
  expect(reasonLook("moon_phase")).toEqual(reasonLook("soaking"));
});

it("calls Freight by its alias", () => {
  expect(called({ name: "0123456789", alias: "wise-fox" })).toBe("wise-fox");
  expect(called({ name: "0123456789" })).toBe("0123456");
});
