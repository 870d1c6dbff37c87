// The one way to promote: is it allowed, what changes, go.
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { BoardState } from "../api/board-state";
import { api } from "../api/client";
import { useEligibility } from "../api/eligibility";
import type { EligibilityPair, Stage } from "../api/types";
import { Approve } from "../pipeline/Approve";
import { ArtifactList, ChangeTable } from "../pipeline/Artifacts";
import { Reasons } from "../pipeline/ReasonLine";
import { RequestFailed } from "../pipeline/RequestFailed";
import { useOverlay } from "../pipeline/useOverlay";
import { called } from "../pipeline/words";
import { Button, Copyable, Problem } from "../ui/primitives";
import { Sheet } from "../ui/Sheet";

export function PromoteSheet({ project, board }: { project: string; board: BoardState }) {
  const { open, closePromote } = useOverlay();
  const { promote, to } = open;
  if (promote === undefined) {
    return null;
  }
  const freight = board.freight.find((piece) => piece.name === promote || piece.alias === promote);
  const name = called(freight ?? { name: promote });
  return (
    <Sheet
      key={`${promote} ${to}`}
      title={to === undefined ? `Promote ${name}` : `Promote ${name} to ${to}`}
      close={closePromote}
    >
      {freight !== undefined && <ArtifactList artifacts={freight.artifacts} />}
      <Pairs project={project} freight={promote} called={name} to={to} board={board} />
    </Sheet>
  );
}

function Pairs({
  project,
  freight,
  called,
  to,
  board,
}: {
  project: string;
  freight: string;
  called: string;
  to: string | undefined;
  board: BoardState;
}) {
  const stages = to === undefined ? takers(board, freight) : [to];
  const eligibility = useEligibility(project, [freight], stages, board.revision);
  if (eligibility.isError) {
    return <RequestFailed error={eligibility.error} />;
  }
  if (stages.length === 0) {
    return <p className="text-soft">No Stage asks for Freight of this origin.</p>;
  }
  if (eligibility.data === undefined) {
    return <p className="text-soft">Asking the server…</p>;
  }
  if (eligibility.data.pairs.length === 0) {
    return <p className="text-soft">This Freight does not exist any more.</p>;
  }
  // What may go comes first, what is there already last; otherwise in the order of the pipeline.
  const rank = (pair: EligibilityPair) => (pair.current ? 2 : pair.allowed ? 0 : 1);
  const order = (pair: EligibilityPair) => rank(pair) * stages.length + stages.indexOf(pair.stage);
  const pairs = [...eligibility.data.pairs].sort((a, b) => order(a) - order(b));
  return pairs.map((pair) => <Pair key={pair.stage} project={project} called={called} pair={pair} />);
}

/** Stages that ask for Freight of this piece's origin, upstream first. */
function takers(board: BoardState, freight: string): string[] {
  const origin = board.freight.find((piece) => piece.name === freight || piece.alias === freight)?.origin;
  const asks = (stage: Stage) =>
    !stage.controlFlow &&
    stage.cells.some((cell) => origin === undefined || cell.origin.name === origin.name);
  return board.stages.filter(asks).map((stage) => stage.name);
}

function Pair({ project, called, pair }: { project: string; called: string; pair: EligibilityPair }) {
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
  return (
    <section aria-label={pair.stage} className="mt-4 border-t border-line pt-4">
      <h3 className="m-0 mb-2 break-words font-semibold">{pair.stage}</h3>
      {pair.available && <p className="m-0 mb-2 text-good">✓ {grounds(pair)}</p>}
      <Reasons reasons={pair.because} />
      <div className="mt-2">
        <ChangeTable rows={pair.changes} />
      </div>
      <Problem error={promote.error} />
      <div className="my-3 flex flex-wrap gap-3">
        <Button
          primary
          disabled={promote.isPending}
          because={pair.allowed ? undefined : (pair.because?.[0]?.message ?? "The server does not allow it")}
          onClick={() => promote.mutate()}
        >
          Promote to {pair.stage}
        </Button>
        <Approve project={project} pair={pair} called={called} />
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
