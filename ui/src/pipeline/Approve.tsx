// Letting Freight into a Stage that it has not earned: says what is passed over, and asks once.
import { useMutation } from "@tanstack/react-query";
import { api } from "../api/client";
import { usePermissions } from "../api/session";
import type { EligibilityPair } from "../api/types";
import { announce } from "../ui/announce";
import { ConfirmButton, Problem } from "../ui/primitives";

export function Approve({
  project,
  pair,
  called,
}: {
  project: string;
  pair: EligibilityPair;
  called: string;
}) {
  const permissions = usePermissions(project);
  const approve = useMutation({
    mutationFn: () => api.approve(project, pair.freight, pair.stage),
    onSuccess: () => announce(`${called} is approved for ${pair.stage}`),
  });
  const bypassed = pair.because?.filter((reason) => reason.fix === "approve") ?? [];
  if (bypassed.length === 0) {
    return null;
  }
  const refused = !pair.permitted || permissions?.approveFreight === false;
  return (
    <>
      <ConfirmButton
        label={`Approve for ${pair.stage}…`}
        question={`${called} may then go to ${pair.stage} although: ${bypassed.map((reason) => reason.message).join("; ")}`}
        yes={`Approve ${called}`}
        no="Leave it"
        busy={approve.isPending}
        because={refused ? `You may not approve Freight for ${pair.stage}` : undefined}
        onConfirm={() => approve.mutate()}
      />
      <Problem error={approve.error} />
    </>
  );
}
