// The one way to promote: is it allowed, what changes, go.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { BoardState } from "../api/board-state";
import { api } from "../api/client";
import type { EligibilityPair } from "../api/types";
import { ArtifactList, ChangeTable } from "../pipeline/Artifacts";
import { ReasonLine } from "../pipeline/ReasonLine";
import { useSheet } from "../pipeline/useSheet";
import { Button, Copyable, Sheet } from "../ui/primitives";
import { RequestFailed } from "../ui/RequestFailed";

export function PromoteSheet({ project, board }: { project: string; board: BoardState }) {
  const { promote, stage } = useSearch({ from: "/p/$project" });
  const sheet = useSheet();
  if (promote === undefined) {
    return null;
  }
  const freight = board.freight.find((piece) => piece.name === promote);
  const name = freight?.alias ?? promote.slice(0, 7);
  return (
    <Sheet
      key={`${promote} ${stage}`}
      title={stage === undefined ? `Promote ${name}` : `Promote ${name} to ${stage}`}
      close={sheet.close}
    >
      {freight !== undefined && <ArtifactList artifacts={freight.artifacts} />}
      <Pairs project={project} freight={promote} stage={stage} board={board} />
    </Sheet>
  );
}

function Pairs({
  project,
  freight,
  stage,
  board,
}: {
  project: string;
  freight: string;
  stage: string | undefined;
  board: BoardState;
}) {
  const eligibility = useQuery({
    // Asked again whenever the Board moved: what was impossible may be possible now.
    queryKey: ["eligibility", project, freight, stage, board.cursor],
    queryFn: () => api.eligibility(project, stage === undefined ? { freight } : { freight, stage }),
    placeholderData: (before) => before,
  });
  if (eligibility.isError) {
    return <RequestFailed error={eligibility.error} />;
  }
  if (eligibility.data === undefined) {
    return <p className="text-soft">Asking the server…</p>;
  }
  return eligibility.data.pairs.map((pair) => <Pair key={pair.stage} project={project} pair={pair} />);
}

function Pair({ project, pair }: { project: string; pair: EligibilityPair }) {
  const navigate = useNavigate({ from: "/p/$project" });
  const promote = useMutation({
    mutationFn: () => api.promote(project, pair.stage, pair.freight),
    onSuccess: (promotion) =>
      navigate({
        to: "/p/$project/promotions/$promotion",
        params: { project, promotion: promotion.metadata.name },
        search: {},
      }),
  });
  const approve = useMutation({ mutationFn: () => api.approve(project, pair.freight, pair.stage) });
  return (
    <section aria-label={pair.stage} className="mt-4 border-t border-line pt-4">
      <h3 className="m-0 mb-2 font-semibold">{pair.stage}</h3>
      <p className="m-0 mb-2">
        {pair.available ? <span className="text-good">✓ {grounds(pair)}</span> : null}
        {pair.current && <span className="text-soft"> · it runs this Freight already</span>}
      </p>
      <ul className="m-0 mb-2 list-none p-0">
        {pair.because?.map((reason) => (
          <li key={reason.code}>
            <ReasonLine reason={reason} />
            {reason.fix !== undefined && <span className="text-soft"> — {reason.fix}</span>}
          </li>
        ))}
        {!pair.permitted && <li className="text-bad">✕ You may not promote to this Stage</li>}
      </ul>
      <ChangeTable rows={pair.changes} />
      {(promote.error ?? approve.error) !== null && (
        <p role="alert" className="text-bad">
          {(promote.error ?? approve.error)?.message}
        </p>
      )}
      <div className="my-3 flex gap-3">
        <Button primary disabled={!pair.allowed || promote.isPending} onClick={() => promote.mutate()}>
          Promote to {pair.stage}
        </Button>
        {!pair.available && (
          <Button disabled={!pair.permitted || approve.isPending} onClick={() => approve.mutate()}>
            Approve for {pair.stage} anyway
          </Button>
        )}
      </div>
      <Copyable text={`kargo promote --project ${project} --stage ${pair.stage} --freight ${pair.freight}`} />
    </section>
  );
}

function grounds(pair: EligibilityPair): string {
  switch (pair.grounds) {
    case "approved":
      return "Approved for this Stage";
    case "upstream":
      return "Verified upstream, and soaked as long as required";
    default:
      return "Taken straight from its Warehouse";
  }
}
