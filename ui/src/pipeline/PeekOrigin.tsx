// What a Stage has of one origin, what holds it, and each newer piece of Freight with why it may not come.

import { Link, useParams } from "@tanstack/react-router";
import type { BoardState } from "../api/board-state";
import type { Cell, FreightEligibility, Hold, OriginExplanation, Stage } from "../api/types";
import { Button } from "../ui/primitives";
import { Ago, Lasting } from "../ui/Times";
import { ArtifactDetails } from "./Artifacts";
import { PromotionLink } from "./PromotionLink";
import { Reasons } from "./ReasonLine";
import { useOverlay } from "./useOverlay";
import { called, versions } from "./words";

/** Pieces of Freight that are listed; the Freight page has all. */
const LISTED = 6;

interface Props {
  board: BoardState;
  stage: Stage;
  cell: Cell;
  explained: OriginExplanation | undefined;
  hold: Hold | undefined;
}

export function PeekOrigin({ board, stage, cell, explained, hold }: Props) {
  const { current } = cell;
  const { project } = useParams({ from: "/p/$project" });
  const others = explained?.freight?.filter((piece) => !piece.current) ?? [];
  return (
    <section aria-label={`Freight of ${cell.origin.name}`}>
      <h3 className="m-0 mb-2 font-semibold">
        {cell.origin.name}
        <span className="font-normal text-soft"> · {source(cell)}</span>
      </h3>
      {current === undefined ? (
        <p className="m-0 text-soft">{stage.controlFlow ? "Nothing stays here." : "It runs nothing yet."}</p>
      ) : (
        <>
          <p className="m-0 mb-2">
            <span className="text-good">● runs </span>
            <strong>{called(current)}</strong>
            <span className="text-soft">
              {current.since !== undefined && (
                <>
                  {" for "}
                  <Lasting from={current.since} />
                </>
              )}
              {current.verified ? " · ✓ verified" : " · not verified"}
            </span>
          </p>
          <ArtifactDetails artifacts={current.artifacts} />
        </>
      )}
      {hold !== undefined && (
        <p className="mt-2 mb-0 text-waiting">
          <span aria-hidden="true">‖ </span>
          Auto-promotion is held{hold.actor !== undefined && ` by ${hold.actor}`} <Ago at={hold.createdAt} />
          {hold.promotionName !== undefined && (
            <>
              , by{" "}
              <PromotionLink name={hold.promotionName}>
                promoting {hold.freightName.slice(0, 7)}
              </PromotionLink>
            </>
          )}
        </p>
      )}
      {others.length > 0 && (
        <ul aria-label={`Other Freight of ${cell.origin.name}`} className="mt-3 mb-0 list-none p-0">
          {others.slice(0, LISTED).map((piece) => (
            <Piece
              key={piece.name}
              board={board}
              stage={stage}
              piece={piece}
              best={piece.name === cell.candidate}
            />
          ))}
        </ul>
      )}
      {others.length > LISTED && (
        <Link to="/p/$project/freight" params={{ project }} search={{}} className="text-accent">
          All Freight
        </Link>
      )}
    </section>
  );
}

function Piece({
  board,
  stage,
  piece,
  best,
}: {
  board: BoardState;
  stage: Stage;
  piece: FreightEligibility;
  best: boolean;
}) {
  const overlay = useOverlay();
  const known = board.freight.find((freight) => freight.name === piece.name);
  const { allowed, because } = piece.actions.promote;
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1 border-t border-line py-2">
      <div className="min-w-0 flex-1 basis-48">
        <p className="m-0 break-words">
          {known !== undefined && <strong className="font-mono">{versions(known.artifacts)} </strong>}
          <span className="text-soft">
            {called(piece)} · <Ago at={piece.discoveredAt} />
          </span>
        </p>
        <Reasons reasons={because} />
      </div>
      {!stage.controlFlow && (
        <Button small primary={allowed && best} onClick={() => overlay.promote(piece.name, stage.name)}>
          {allowed ? "Promote" : "Why not"}
          <span className="sr-only"> {called(piece)}</span>…
        </Button>
      )}
    </li>
  );
}

function source(cell: Cell): string {
  const ways = [
    ...(cell.direct ? ["straight from the Warehouse"] : []),
    ...(cell.upstream === undefined ? [] : [`after ${cell.upstream.join(", ")}`]),
    ...(cell.requiredSoak === undefined ? [] : [`soaks ${cell.requiredSoak}`]),
  ];
  return ways.join(" · ");
}
