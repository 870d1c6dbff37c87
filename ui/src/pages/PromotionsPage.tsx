// Which Promotions are under way, and how did the last ones end?
import { useLive } from "../api/stream";
import type { Freight, Promotion } from "../api/types";
import { PromotionLink, Running } from "../pipeline/PromotionLink";
import { called, runPhase, versions } from "../pipeline/words";
import { Heading } from "../ui/Heading";
import { Notice, Status } from "../ui/primitives";
import { Ago } from "../ui/Times";
import { VirtualList } from "../ui/VirtualList";

/** Height of a row, roughly. */
const ROW = 42;

export default function PromotionsPage() {
  const board = useLive((live) => live.board);
  if (board === null) {
    return null;
  }
  const freight = new Map(board.freight.map((piece) => [piece.name, piece]));
  return (
    <div className="p-4">
      <Heading title={`Promotions · ${board.project}`} hidden>
        Promotions of {board.project}
      </Heading>
      {board.promotions.length === 0 ? (
        <Notice tone="quiet" title="No promotions yet">
          A Promotion brings Freight to a Stage. Start one on the Board.
        </Notice>
      ) : (
        <VirtualList
          label="Promotions, newest first"
          rows={board.promotions}
          rowKey={(promotion) => promotion.name}
          estimate={ROW}
        >
          {(promotion) => <Row promotion={promotion} piece={freight.get(promotion.freight ?? "")} />}
        </VirtualList>
      )}
    </div>
  );
}

function Row({ promotion, piece }: { promotion: Promotion; piece: Freight | undefined }) {
  const bad = promotion.message !== undefined && promotion.phase !== "Succeeded";
  return (
    <div className="grid grid-cols-1 items-start gap-x-6 gap-y-1 px-3 py-2.5 md:grid-cols-[7rem_minmax(0,1fr)_minmax(0,1.5fr)_12rem]">
      <Status said={runPhase(promotion.phase)} />
      <PromotionLink name={promotion.name} className="min-w-0">
        {called(piece ?? { name: promotion.freight ?? "Freight" })} → {promotion.stage}
      </PromotionLink>
      <span className={`min-w-0 ${bad ? "line-clamp-2 break-words text-bad" : "truncate text-soft"}`}>
        {promotion.phase === "Running" ? (
          <Running promotion={promotion} />
        ) : (
          (promotion.message ?? (piece === undefined ? "" : versions(piece.artifacts)))
        )}
      </span>
      <span className="text-soft md:text-right">
        {promotion.actor ?? "by itself"} · <Ago at={promotion.createdAt} />
      </span>
    </div>
  );
}
