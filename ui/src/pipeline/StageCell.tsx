// A Stage's name, state, running step, queue, and the one fact that blocks it.
import { Link, useParams } from "@tanstack/react-router";
import type { Promotion, Stage } from "../api/types";
import { Status } from "../ui/primitives";
import { ReasonLine } from "./ReasonLine";
import { stagePhases } from "./words";

export function StageCell({ stage, promotions }: { stage: Stage; promotions: Promotion[] }) {
  const running = promotions.find((promotion) => promotion.name === stage.running);
  const failed = stage.phase === "failed" && stage.last?.phase !== "Succeeded" ? stage.last : undefined;
  const waiting = stage.queue?.length ?? 0;
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-semibold" title={stage.description}>
          {stage.name}
        </span>
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
      {running !== undefined && <Running promotion={running} />}
      {failed !== undefined && (
        <PromotionLink name={failed.name} className="text-bad">
          {failed.message ?? `Last promotion ${failed.phase.toLowerCase()}`}
        </PromotionLink>
      )}
      {running === undefined && <Blocked stage={stage} />}
    </div>
  );
}

/** The one fact in the way, unless a cell beside it says the same. */
function Blocked({ stage }: { stage: Stage }) {
  const { blocked } = stage;
  if (blocked === undefined) {
    return null;
  }
  if (blocked.code === "already_current") {
    return <span className="text-soft">✓ up to date</span>;
  }
  if (blocked.code === "policy_off") {
    return <span className="text-soft">{blocked.message}</span>;
  }
  const said = stage.cells.some((cell) => cell.because?.some((reason) => reason.message === blocked.message));
  return said ? null : <ReasonLine reason={blocked} />;
}

function Running({ promotion }: { promotion: Promotion }) {
  const done = promotion.steps.filter((step) => step.finishedAt !== undefined).length;
  const current = promotion.steps[promotion.step ?? done];
  return (
    <PromotionLink name={promotion.name} className="text-busy">
      {current === undefined ? "starting" : `${current.uses}, step ${done + 1} of ${promotion.steps.length}`}
    </PromotionLink>
  );
}

export function PromotionLink({
  name,
  className = "",
  children,
}: {
  name: string;
  className?: string;
  children: React.ReactNode;
}) {
  const { project } = useParams({ from: "/p/$project" });
  return (
    <Link
      to="/p/$project/promotions/$promotion"
      params={{ project, promotion: name }}
      className={`underline ${className}`}
    >
      {children}
    </Link>
  );
}
