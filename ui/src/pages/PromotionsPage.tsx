// Which Promotions are under way, and how did the last ones end?
import { useNow } from "../api/clock";
import { useLive } from "../api/stream";
import { PromotionLink } from "../pipeline/StageCell";
import { ago, runPhase, versions } from "../pipeline/words";
import { Notice, Status } from "../ui/primitives";

export default function PromotionsPage() {
  const board = useLive((live) => live.board);
  const now = useNow();
  if (board === null) {
    return null;
  }
  if (board.promotions.length === 0) {
    return (
      <Notice tone="quiet" title="No promotions yet">
        A Promotion brings Freight to a Stage. Start one on the Board.
      </Notice>
    );
  }
  const freight = new Map(board.freight.map((piece) => [piece.name, piece]));
  return (
    <div className="p-4">
      <h1 className="sr-only">Promotions</h1>
      <ul className="m-0 list-none border border-line bg-panel p-0">
        {board.promotions.map((promotion) => {
          const piece = freight.get(promotion.freight ?? "");
          return (
            <li
              key={promotion.name}
              className="grid grid-cols-1 gap-x-6 gap-y-1 border-b border-line px-3 py-2.5 last:border-b-0 md:grid-cols-[9rem_14rem_1fr_auto]"
            >
              <Status said={runPhase(promotion.phase)} />
              <PromotionLink name={promotion.name}>
                {piece?.alias ?? promotion.freight?.slice(0, 7)} → {promotion.stage}
              </PromotionLink>
              <span className="min-w-0 truncate text-soft">
                {promotion.message ?? (piece === undefined ? "" : versions(piece.artifacts))}
              </span>
              <span className="text-soft">
                {promotion.actor ?? "by itself"} · {ago(promotion.createdAt, now)}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
