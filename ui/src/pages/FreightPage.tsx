// What exists, how far did each piece get, and where may it go?
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { BoardState } from "../api/board-state";
import { api } from "../api/client";
import { useLive } from "../api/stream";
import type { Freight } from "../api/types";
import { FreightRow, type Taker } from "../pipeline/FreightRow";
import { fromFreightObject } from "../pipeline/freight-object";
import { Heading } from "../ui/Heading";
import { LongText } from "../ui/LongText";
import { Button, Notice, Problem } from "../ui/primitives";
import { VirtualList } from "../ui/VirtualList";

/** Height of a closed row, roughly. */
const ROW = 64;

export default function FreightPage() {
  const { project } = useParams({ from: "/p/$project" });
  const board = useLive((live) => live.board);
  if (board === null) {
    return null;
  }
  const lanes = new Map<string, Freight[]>(board.warehouses.map((warehouse) => [warehouse.name, []]));
  for (const [origin, freight] of Map.groupBy(board.freight, (piece) => piece.origin.name)) {
    lanes.set(origin, freight);
  }
  return (
    <div className="p-4">
      <Heading title={`Freight · ${project}`} hidden>
        Freight of {project}
      </Heading>
      {lanes.size === 0 && (
        <Notice tone="quiet" title="No Freight yet">
          A Warehouse makes Freight of the newest artifacts it finds, and there is no Warehouse in {project}.
        </Notice>
      )}
      {[...lanes].map(([origin, freight]) => (
        <Lane key={origin} board={board} origin={origin} freight={freight} />
      ))}
    </div>
  );
}

/** The Stages that ask for Freight of an origin. */
function takersOf({ stages }: BoardState, origin: string): Taker[] {
  return stages.flatMap((stage) => {
    const cell = stage.cells.find((known) => known.origin.name === origin);
    return cell === undefined || stage.controlFlow ? [] : [{ stage: stage.name, candidate: cell.candidate }];
  });
}

function Lane({ board, origin, freight }: { board: BoardState; origin: string; freight: Freight[] }) {
  const { project } = board;
  const [all, setAll] = useState(false);
  const warehouse = board.warehouses.find((known) => known.name === origin);
  const total = warehouse?.freightCount ?? freight.length;
  const older = useQuery({
    queryKey: ["freight", project, origin, total],
    queryFn: () => api.allFreight(project, origin),
    enabled: all,
    placeholderData: (before) => before,
  });
  const takers = useMemo(() => takersOf(board, origin), [board, origin]);
  const rows = useMemo(() => {
    const known = new Set(freight.map((piece) => piece.name));
    const items = older.data?.groups[""]?.items ?? [];
    const rest = items.map(fromFreightObject).filter((piece) => !known.has(piece.name));
    return [...freight, ...rest].sort((a, b) => (b.discoveredAt ?? "").localeCompare(a.discoveredAt ?? ""));
  }, [freight, older.data]);
  const names = useMemo(() => rows.map((piece) => piece.name), [rows]);
  return (
    <section aria-label={origin} className="mb-6">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h2 className="m-0 min-w-0 break-words text-base font-semibold">{origin}</h2>
        <span className="text-soft">{rows.length < total ? `${rows.length} of ${total}` : total}</span>
        {rows.length < total && (
          <Button small disabled={older.isFetching} onClick={() => setAll(true)}>
            {older.isFetching ? "Fetching…" : "Show older"}
          </Button>
        )}
      </div>
      <Problem error={older.error} />
      {rows.length === 0 ? (
        <LongText
          className={warehouse?.phase === "failed" ? "text-bad" : "text-soft"}
          text={
            warehouse?.phase === "failed"
              ? `The Warehouse found nothing: ${warehouse.message ?? "its last look failed"}`
              : "The Warehouse has found nothing yet."
          }
        />
      ) : (
        <VirtualList label={`Freight of ${origin}`} rows={rows} rowKey={(piece) => piece.name} estimate={ROW}>
          {(piece, index) => (
            <FreightRow
              project={project}
              piece={piece}
              names={names}
              index={index}
              takers={takers}
              revision={board.revision}
            />
          )}
        </VirtualList>
      )}
    </section>
  );
}
