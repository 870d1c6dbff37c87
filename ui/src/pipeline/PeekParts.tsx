// Parts of the Stage's panel: what runs and waits, verification, the last Promotions, conditions.
import { useMutation } from "@tanstack/react-query";
import type { BoardState } from "../api/board-state";
import { api } from "../api/client";
import { usePermissions } from "../api/session";
import type { Condition, Stage, StageExplanation, Verification } from "../api/types";
import { ConfirmButton, Problem, Status } from "../ui/primitives";
import { Ago } from "../ui/Times";
import { PromotionLink, Running } from "./PromotionLink";
import { Reasons } from "./ReasonLine";
import { called, runPhase, versions } from "./words";

/** Promotions that are listed; the Promotions page has more. */
const LISTED = 6;

const heading = "m-0 mb-2 font-semibold";
const row = "border-t border-line py-2 first:border-t-0 first:pt-0";

export function PeekQueue({
  project,
  board,
  stage,
  queue,
}: {
  project: string;
  board: BoardState;
  stage: Stage;
  queue: StageExplanation["queue"];
}) {
  const running = board.promotions.find((promotion) => promotion.name === stage.running);
  if (running === undefined && (queue === undefined || queue.length === 0)) {
    return null;
  }
  return (
    <section aria-label="Under way">
      <h3 className={heading}>Under way</h3>
      <ul className="m-0 list-none p-0">
        {running !== undefined && (
          <li className={`${row} flex flex-wrap items-center justify-between gap-2`}>
            <span>
              <span aria-hidden="true" className="text-busy">
                »{" "}
              </span>
              <FreightOf board={board} name={running.freight} /> <Running promotion={running} />
            </span>
            <Abort project={project} promotion={running.name} />
          </li>
        )}
        {queue?.map((waiting) => (
          <li key={waiting.name} className={`${row} flex flex-wrap items-start justify-between gap-2`}>
            <div className="min-w-0 flex-1 basis-48">
              <PromotionLink name={waiting.name}>
                <FreightOf board={board} name={waiting.freight} />
              </PromotionLink>{" "}
              <span className="text-soft">
                {waiting.ahead === 0 ? "is next" : `waits, ${waiting.ahead} ahead of it`}
              </span>
              <Reasons reasons={waiting.because?.filter((reason) => reason.code !== "queued")} />
            </div>
            <Abort project={project} promotion={waiting.name} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Abort({ project, promotion }: { project: string; promotion: string }) {
  const permissions = usePermissions(project);
  const abort = useMutation({ mutationFn: () => api.abort(project, promotion) });
  return (
    <>
      <ConfirmButton
        label={abort.isPending || abort.isSuccess ? "Aborting…" : "Abort"}
        question="The running step is interrupted. What was pushed already stays."
        yes="Abort now"
        no="Let it run"
        busy={abort.isPending || abort.isSuccess}
        because={permissions?.abortPromotions === false ? "You may not abort promotions here" : undefined}
        onConfirm={() => abort.mutate()}
      />
      <Problem error={abort.error} />
    </>
  );
}

function FreightOf({ board, name }: { board: BoardState; name: string | undefined }) {
  const piece = board.freight.find((freight) => freight.name === name);
  if (piece === undefined) {
    return name === undefined ? "Freight" : name.slice(0, 7);
  }
  return (
    <>
      <strong className="font-mono">{versions(piece.artifacts)}</strong> {called(piece)}
    </>
  );
}

export function PeekVerification({ history }: { history: Verification[] | undefined }) {
  if (history === undefined || history.length === 0) {
    return null;
  }
  return (
    <section aria-label="Verification">
      <h3 className={heading}>Verification of what runs</h3>
      <ul className="m-0 list-none p-0">
        {history.slice(0, LISTED).map((one, index) => (
          <li key={one.id ?? index} className={row}>
            <Status said={runPhase(one.phase)} />{" "}
            <span className="text-soft">
              <Ago at={one.finishTime ?? one.startTime} />
              {one.actor !== undefined && ` · ${one.actor}`}
            </span>
            {one.message !== undefined && <p className="m-0 break-words">{one.message}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function PeekPromotions({ board, stage }: { board: BoardState; stage: Stage }) {
  const ended = board.promotions.filter((one) => one.stage === stage.name && one.finishedAt !== undefined);
  if (ended.length === 0) {
    return null;
  }
  return (
    <section aria-label="Last promotions">
      <h3 className={heading}>Last promotions</h3>
      <ul className="m-0 list-none p-0">
        {ended.slice(0, LISTED).map((one) => (
          <li key={one.name} className={row}>
            <div className="flex flex-wrap items-baseline gap-x-3">
              <Status said={runPhase(one.phase)} />
              <PromotionLink name={one.name}>
                <FreightOf board={board} name={one.freight} />
              </PromotionLink>
              <span className="text-soft">
                {one.actor ?? "by itself"} · <Ago at={one.finishedAt} />
              </span>
            </div>
            {one.message !== undefined && one.phase !== "Succeeded" && (
              <p className="m-0 line-clamp-3 break-words text-bad">{one.message}</p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function PeekConditions({
  conditions,
  issues,
  bad,
}: {
  conditions: Condition[] | undefined;
  issues: string[] | undefined;
  bad: boolean;
}) {
  const said = new Set(conditions?.map((condition) => condition.message));
  const more = issues?.filter((issue) => !said.has(issue)) ?? [];
  if ((conditions === undefined || conditions.length === 0) && more.length === 0) {
    return null;
  }
  return (
    <section aria-label="Conditions">
      <h3 className={heading}>Conditions</h3>
      <ul className="m-0 list-none p-0">
        {more.map((issue) => (
          <li key={issue} className={`${row} break-words ${bad ? "text-bad" : "text-waiting"}`}>
            {issue}
          </li>
        ))}
        {conditions?.map((condition) => (
          <li key={condition.type} className={row}>
            <span className="font-medium">{condition.type}</span> {condition.status}
            <span className="text-soft">
              {condition.reason !== undefined && ` · ${condition.reason}`} ·{" "}
              <Ago at={condition.lastTransitionTime} />
            </span>
            {condition.message !== undefined && (
              <p className="m-0 break-words text-soft">{condition.message}</p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
