// A Stage's name, state, running step, queue, and the one fact that blocks it.
import type { Promotion, Stage } from "../api/types";
import { Status } from "../ui/primitives";
import { PromotionLink, Running } from "./PromotionLink";
import { ReasonLine } from "./ReasonLine";
import { useOverlay } from "./useOverlay";
import { health, stagePhases } from "./words";

interface Props {
  stage: Stage;
  promotions: Promotion[];
  reachable: boolean;
}

export function StageCell({ stage, promotions, reachable }: Props) {
  const overlay = useOverlay();
  const running = promotions.find((promotion) => promotion.name === stage.running);
  const waiting = stage.queue?.length ?? 0;
  const ill = stage.health === "Unhealthy" || stage.health === "Progressing" ? stage.health : undefined;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex flex-wrap items-center justify-between gap-x-2">
        <button
          type="button"
          tabIndex={reachable ? 0 : -1}
          title={stage.description}
          aria-haspopup="dialog"
          className="min-w-0 cursor-pointer break-words border-0 bg-transparent p-0 text-left font-semibold text-ink hover:underline"
          onClick={() => overlay.peek(stage.name)}
        >
          {stage.name}
        </button>
        <Status said={stagePhases[stage.phase]} />
      </div>
      <span className="text-soft">
        {stage.controlFlow
          ? "Freight passes through"
          : stage.autoPromotion
            ? "promotes by itself"
            : "promoted by hand"}
        {waiting > 0 && ` · ${waiting} waiting`}
      </span>
      {ill !== undefined && <Status said={health(ill)} />}
      {running === undefined ? <Trouble stage={stage} /> : <Running promotion={running} />}
    </div>
  );
}

function Trouble({ stage }: { stage: Stage }) {
  const { last } = stage;
  const failed = stage.phase === "failed" && last !== undefined && last.phase !== "Succeeded";
  return failed ? (
    <PromotionLink name={last.name} className="line-clamp-3 text-bad">
      {last.message ?? `Last promotion ${last.phase.toLowerCase()}`}
    </PromotionLink>
  ) : (
    <Blocked stage={stage} />
  );
}

/** The one fact in the way, unless a cell beside it says the same. */
function Blocked({ stage }: { stage: Stage }) {
  const { blocked } = stage;
  if (blocked === undefined || blocked.code === "policy_off") {
    // Being promoted by hand is said above, and nothing is wrong with it.
    return null;
  }
  if (blocked.code === "already_current") {
    return <span className="text-soft">✓ up to date</span>;
  }
  const said = stage.cells.some(
    (cell) =>
      (blocked.code === "auto_promotion_hold" && cell.heldBy !== undefined) ||
      cell.because?.some((reason) => reason.message === blocked.message),
  );
  return said ? null : <ReasonLine reason={blocked} />;
}
