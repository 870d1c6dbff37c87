import { describe, expect, it } from "vitest";
import { applyPatch, type BoardState } from "./board-state";
import type { Freight, Stage } from "./types";

const stage = (name: string, rank: number): Stage => ({
  name,
  rank,
  phase: "ready",
  controlFlow: false,
  autoPromotion: false,
  cells: [],
});
const freight = (name: string, discoveredAt: string): Freight => ({
  name,
  discoveredAt,
  origin: { kind: "Warehouse", name: "app" },
  artifacts: [],
});
const state: BoardState = {
  project: "demo",
  cursor: "1",
  revision: 1,
  stages: [stage("test", 0), stage("prod", 2)],
  warehouses: [],
  freight: [freight("old", "2026-01-01T00:00:00Z")],
  promotions: [],
};

describe("applyPatch", () => {
  it("replaces rows by name and keeps the order of the pipeline", () => {
    const next = applyPatch(
      state,
      { stages: [stage("uat", 1), { ...stage("prod", 2), phase: "failed" }] },
      "2",
    );
    expect(next.stages.map((row) => `${row.name} ${row.phase}`)).toEqual([
      "test ready",
      "uat ready",
      "prod failed",
    ]);
    expect(next.cursor).toBe("2");
  });

  it("puts the newest Freight first and removes what is gone", () => {
    const added = applyPatch(state, { freight: [freight("new", "2026-01-02T00:00:00Z")] }, "2");
    expect(added.freight.map((row) => row.name)).toEqual(["new", "old"]);
    const removed = applyPatch(added, { gone: [{ kind: "freight", name: "old" }] }, "3");
    expect(removed.freight.map((row) => row.name)).toEqual(["new"]);
  });

  it("leaves what a patch does not name as it is", () => {
    const next = applyPatch(state, { freight: [freight("new", "2026-01-02T00:00:00Z")] }, "2");
    expect(next.stages).toBe(state.stages);
    expect(next.promotions).toBe(state.promotions);
  });

  it("counts what may change an answer of the server, and only that", () => {
    const added = applyPatch(state, { freight: [freight("new", "2026-01-02T00:00:00Z")] }, "2");
    expect(added.revision).toBe(2);
    const running = { name: "p1", stage: "test", phase: "Running", steps: [] };
    expect(applyPatch(added, { promotions: [running] }, "3").revision).toBe(2);
  });
});
