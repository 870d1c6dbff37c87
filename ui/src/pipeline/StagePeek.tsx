// One Stage beside the page: what runs, what keeps it from moving and until when, what could come, what happened.
import { useQuery } from "@tanstack/react-query";
import type { BoardState } from "../api/board-state";
import { api } from "../api/client";
import { usePermissions } from "../api/session";
import type { Stage } from "../api/types";
import { Button, Copyable, Status } from "../ui/primitives";
import { Panel } from "../ui/Sheet";
import { useShortcuts } from "../ui/shortcuts";
import { PeekOrigin } from "./PeekOrigin";
import { PeekConditions, PeekPromotions, PeekQueue, PeekVerification } from "./PeekParts";
import { ReasonFix } from "./ReasonFix";
import { ReasonLine } from "./ReasonLine";
import { RequestFailed } from "./RequestFailed";
import { useOverlay } from "./useOverlay";
import { best, useStageActions } from "./useStageActions";
import { health, stagePhases } from "./words";

export function StagePeek({ project, board }: { project: string; board: BoardState }) {
  const { open, closePeek } = useOverlay();
  if (open.stage === undefined) {
    return null;
  }
  const stage = board.stages.find((known) => known.name === open.stage);
  return (
    <Panel title={open.stage} close={closePeek}>
      {stage === undefined ? (
        <p className="text-soft">
          There is no Stage of this name in {project}. It may have been deleted, or the link may be old.
        </p>
      ) : (
        <Peek key={stage.name} project={project} board={board} stage={stage} />
      )}
    </Panel>
  );
}

function Peek({ project, board, stage }: { project: string; board: BoardState; stage: Stage }) {
  const overlay = useOverlay();
  const actions = useStageActions(project);
  const permissions = usePermissions(project);
  // Asked again when a Stage or Freight of the Board changed, never by the clock.
  const explanation = useQuery({
    queryKey: ["explain", project, stage.name, board.revision],
    queryFn: () => api.explain(project, stage.name),
    placeholderData: (before) => before,
  });
  const object = useQuery({
    queryKey: ["stage", project, stage.name, board.revision],
    queryFn: () => api.stage(project, stage.name),
    placeholderData: (before) => before,
  });
  const candidate = best(stage);
  const promote = () =>
    candidate === undefined ? actions.nothingToPromote(stage.name) : overlay.promote(candidate, stage.name);
  const refresh = () => actions.refresh(stage.name);
  useShortcuts({ promote, refresh, close: overlay.closePeek });
  const explained = explanation.data;
  const status = object.data?.status;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Status said={stagePhases[stage.phase]} />
        {stage.health !== undefined && <Status said={health(stage.health)} />}
        <span className="text-soft">
          {stage.controlFlow
            ? "Freight passes through"
            : stage.autoPromotion
              ? "promotes by itself"
              : "promoted by hand"}
        </span>
        <Button
          small
          className="ml-auto"
          because={permissions?.refreshStages === false ? "You may not refresh Stages here" : undefined}
          onClick={refresh}
        >
          Refresh
        </Button>
      </div>
      {stage.description !== undefined && <p className="m-0 text-soft">{stage.description}</p>}
      {explanation.isError && explained === undefined && <RequestFailed error={explanation.error} />}
      {explained !== undefined && explained.running === undefined && (
        <section aria-label="What is in the way" className="rounded border border-line bg-page p-3">
          {explained.blocking === undefined ? (
            <p className="m-0">{explained.summary}</p>
          ) : (
            <>
              <p className="m-0">
                <ReasonLine reason={explained.blocking} />
              </p>
              <ReasonFix project={project} stage={stage} reason={explained.blocking} />
            </>
          )}
        </section>
      )}
      <PeekQueue project={project} board={board} stage={stage} queue={explained?.queue} />
      {stage.cells.map((cell) => (
        <PeekOrigin
          key={`${cell.origin.kind}/${cell.origin.name}`}
          board={board}
          stage={stage}
          cell={cell}
          explained={explained?.origins?.find(
            ({ origin }) => origin.kind === cell.origin.kind && origin.name === cell.origin.name,
          )}
          hold={status?.effectiveAutoPromotionHolds?.[`${cell.origin.kind}/${cell.origin.name}`]}
        />
      ))}
      <PeekVerification history={status?.freightHistory?.[0]?.verificationHistory} />
      <PeekPromotions board={board} stage={stage} />
      <PeekConditions conditions={status?.conditions} issues={stage.issues} bad={stage.phase === "failed"} />
      <Copyable text={`kargo explain stage --project ${project} ${stage.name}`} />
    </div>
  );
}
