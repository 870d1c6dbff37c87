// A Promotion that is no longer on the Board, from the object itself.
import type { Promotion, PromotionObject, Step } from "../api/types";

export function fromObject({ metadata, spec, status }: PromotionObject): Promotion {
  const actor = metadata.annotations?.["kargo.akuity.io/create-actor"];
  return {
    name: metadata.name,
    stage: spec.stage,
    phase: status?.phase ?? "Pending",
    steps: spec.steps.map((step, index): Step => {
      const done = status?.stepExecutionMetadata?.[index];
      return { ...done, alias: done?.alias ?? step.as ?? `step-${index + 1}`, uses: step.uses ?? "" };
    }),
    ...(spec.freight === undefined ? {} : { freight: spec.freight }),
    ...(actor === undefined ? {} : { actor }),
    ...(metadata.creationTimestamp === undefined ? {} : { createdAt: metadata.creationTimestamp }),
    ...(status?.message === undefined ? {} : { message: status.message }),
    ...(status?.startedAt === undefined ? {} : { startedAt: status.startedAt }),
    ...(status?.finishedAt === undefined ? {} : { finishedAt: status.finishedAt }),
  };
}
