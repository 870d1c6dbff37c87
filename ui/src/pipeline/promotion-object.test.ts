import { expect, it } from "vitest";
import { fromObject } from "./promotion-object";

it("shows a finished promotion as the Board would", () => {
  const promotion = fromObject({
    metadata: { name: "prod.1", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { stage: "prod", freight: "f1", steps: [{ uses: "git-clone" }, { as: "push", uses: "git-push" }] },
    status: {
      phase: "Failed",
      message: "refused",
      stepExecutionMetadata: [{ alias: "step-1", status: "Succeeded" }],
    },
  });
  expect(promotion.phase).toBe("Failed");
  expect(promotion.steps).toEqual([
    { alias: "step-1", status: "Succeeded", uses: "git-clone" },
    { alias: "push", uses: "git-push" },
  ]);
});
