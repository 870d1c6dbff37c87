// What a Stage runs of one origin, what is newer, and the button that brings it.
import type { Cell, Freight, Stage } from "../api/types";
import { Button } from "../ui/primitives";
import { Lasting } from "../ui/Times";
import { ArtifactList } from "./Artifacts";
import { Reasons } from "./ReasonLine";
import { useOverlay } from "./useOverlay";
import { called, versions } from "./words";

interface Props {
  stage: Stage;
  cell: Cell | undefined;
  /** All Freight on the Board, by name. */
  freight: Map<string, Freight>;
  /** Whether Tab reaches what is in the cell; the arrow keys reach every cell. */
  reachable: boolean;
}

export function BoardCell({ stage, cell, freight, reachable }: Props) {
  if (cell === undefined) {
    return (
      <span className="text-soft">
        <span aria-hidden="true">–</span>
        <span className="sr-only">not requested</span>
      </span>
    );
  }
  return (
    <div className="@container">
      <div className="grid grid-cols-1 items-start gap-x-6 gap-y-2 @xl:grid-cols-[15rem_1fr]">
        <Runs stage={stage} cell={cell} freight={freight} />
        {!stage.controlFlow && <Next stage={stage} cell={cell} freight={freight} reachable={reachable} />}
      </div>
    </div>
  );
}

function Runs({ stage, cell, freight }: Omit<Props, "cell" | "reachable"> & { cell: Cell }) {
  const { current } = cell;
  const arriving = cell.arriving === undefined ? undefined : freight.get(cell.arriving);
  return (
    <div className="min-w-0">
      {current === undefined ? (
        <span className="text-soft">{stage.controlFlow ? "passes through" : "nothing yet"}</span>
      ) : (
        <>
          <ArtifactList artifacts={current.artifacts} />
          <span className="block truncate text-soft">
            {called(current)}
            {current.since !== undefined && (
              <>
                {" · for "}
                <Lasting from={current.since} />
              </>
            )}
          </span>
        </>
      )}
      {cell.heldBy !== undefined && (
        <span className="block text-waiting">
          <span aria-hidden="true">‖ </span>held by {cell.heldBy}
        </span>
      )}
      {arriving !== undefined && (
        <span className="block break-words text-busy">
          <span aria-hidden="true">» </span>
          {versions(arriving.artifacts)} is arriving
        </span>
      )}
    </div>
  );
}

function Next({ stage, cell, freight, reachable }: Omit<Props, "cell"> & { cell: Cell }) {
  const overlay = useOverlay();
  const newest = cell.newest === undefined ? undefined : freight.get(cell.newest);
  if (newest === undefined || cell.arriving === newest.name) {
    return null;
  }
  const older = cell.candidate !== undefined && cell.candidate !== newest.name;
  const candidate = cell.candidate === undefined ? undefined : freight.get(cell.candidate);
  const what = older && candidate !== undefined ? ` ${versions(candidate.artifacts)}` : "";
  return (
    <div className="flex min-w-0 flex-col items-start gap-1">
      <span className="max-w-full break-words">
        <span aria-hidden="true">↑ </span>
        <strong className="font-mono">{versions(newest.artifacts)}</strong>{" "}
        {cell.newer > 1 ? `is the newest of ${cell.newer}` : "is newer"}
      </span>
      <Reasons reasons={cell.because} />
      <Button
        small
        primary={cell.eligible > 0}
        className="max-w-full truncate"
        tabIndex={reachable ? 0 : -1}
        onClick={() => overlay.promote(cell.candidate ?? newest.name, stage.name)}
      >
        {cell.eligible > 0 ? "Promote" : "Why not"}
        {what}
        <span className="sr-only"> to {stage.name}</span>…
      </Button>
    </div>
  );
}
