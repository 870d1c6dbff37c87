// What a Stage runs of one origin, what is newer, and the button that brings it.
import { useNow } from "../api/clock";
import type { Freight, Origin, Stage } from "../api/types";
import { Button } from "../ui/primitives";
import { ArtifactList } from "./Artifacts";
import { ReasonLine } from "./ReasonLine";
import { useSheet } from "./useSheet";
import { ago, versions } from "./words";

export function BoardCell({ stage, origin, freight }: { stage: Stage; origin: Origin; freight: Freight[] }) {
  const sheet = useSheet();
  const now = useNow();
  const cell = stage.cells.find(
    (known) => known.origin.kind === origin.kind && known.origin.name === origin.name,
  );
  if (cell === undefined) {
    return <span className="text-soft">not requested</span>;
  }
  const newest = freight.find((piece) => piece.name === cell.newest);
  const arriving = freight.find((piece) => piece.name === cell.arriving);
  return (
    <div className="grid grid-cols-1 items-start gap-x-6 gap-y-2 lg:grid-cols-[16rem_1fr]">
      <div className="min-w-0">
        {cell.current === undefined ? (
          <span className="text-soft">{stage.controlFlow ? "passes through" : "nothing yet"}</span>
        ) : (
          <>
            <ArtifactList artifacts={cell.current.artifacts} />
            <span className="text-soft">
              {cell.current.alias ?? cell.current.name.slice(0, 7)}
              {cell.current.since !== undefined && ` · since ${ago(cell.current.since, now)}`}
            </span>
          </>
        )}
        {arriving !== undefined && (
          <p className="m-0 mt-1 text-busy">
            <span aria-hidden="true">» </span>
            {versions(arriving.artifacts)} is arriving
          </p>
        )}
      </div>
      {newest !== undefined && cell.arriving !== newest.name && !stage.controlFlow && (
        <div className="flex min-w-0 flex-col items-start gap-1">
          <span>
            <span aria-hidden="true">↑ </span>
            {cell.newer > 1 ? `${cell.newer} newer, up to ` : "newer: "}
            <strong className="font-mono">{versions(newest.artifacts)}</strong>
          </span>
          {cell.because?.map((reason) => (
            <ReasonLine key={reason.code} reason={reason} />
          ))}
          <Button
            primary={cell.eligible > 0}
            onClick={() => sheet.open({ promote: cell.candidate ?? newest.name, stage: stage.name })}
            aria-label={`Promote to ${stage.name}`}
          >
            {cell.eligible > 0 ? "Promote…" : "Why not…"}
          </Button>
        </div>
      )}
    </div>
  );
}
