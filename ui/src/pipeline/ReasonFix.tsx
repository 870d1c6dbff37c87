// What a person can do about a reason, where the server names something.
import { useMutation } from "@tanstack/react-query";
import { api } from "../api/client";
import { usePermissions } from "../api/session";
import type { Reason, Stage } from "../api/types";
import { announce } from "../ui/announce";
import { Button, Problem } from "../ui/primitives";
import { useOverlay } from "./useOverlay";
import { best } from "./useStageActions";

const refusal = "You may not change this Stage";

export function ReasonFix({ project, stage, reason }: { project: string; stage: Stage; reason: Reason }) {
  const overlay = useOverlay();
  const permissions = usePermissions(project);
  const verify = useMutation({
    mutationFn: () =>
      reason.fix === "reverify"
        ? api.reverify(project, stage.name)
        : api.abortVerification(project, stage.name),
    onSuccess: () => announce("Asked for"),
  });
  const candidate = best(stage);
  const label = labels[reason.fix ?? ""];
  if (label === undefined) {
    return null;
  }
  const byPromoting = reason.fix === "promote" || reason.fix === "resume";
  if (byPromoting && candidate === undefined) {
    return null;
  }
  return (
    <div className="mt-2">
      <Button
        small
        primary={byPromoting}
        disabled={verify.isPending}
        because={!byPromoting && permissions?.refreshStages === false ? refusal : undefined}
        onClick={() =>
          byPromoting && candidate !== undefined ? overlay.promote(candidate, stage.name) : verify.mutate()
        }
      >
        {label}
      </Button>
      <Problem error={verify.error} />
    </div>
  );
}

const labels: Record<string, string | undefined> = {
  promote: "Promote…",
  resume: "Resume auto-promotion…",
  reverify: "Verify again",
  "abort-verification": "Abort the verification",
};
