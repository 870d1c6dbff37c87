// What happened, what went wrong, what is it waiting for?
import { useMutation, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "../api/client";
import { useNow } from "../api/clock";
import { useLive } from "../api/stream";
import type { Promotion, Step } from "../api/types";
import { ArtifactList } from "../pipeline/Artifacts";
import { fromObject } from "../pipeline/promotion-object";
import { ago, runPhase, span } from "../pipeline/words";
import { Button, Notice, Status } from "../ui/primitives";
import { RequestFailed } from "../ui/RequestFailed";
import { usePermissions } from "./ProjectLayout";

export default function PromotionPage() {
  const { project, promotion: name } = useParams({ from: "/p/$project/promotions/$promotion" });
  const board = useLive((live) => live.board);
  const live = board?.promotions.find((known) => known.name === name);
  const finished = live?.finishedAt;
  const details = useQuery({
    queryKey: ["promotion", project, name, finished],
    queryFn: () => api.promotion(project, name),
  });
  // Not on the Board: just created, or finished so long ago that only the object tells.
  const promotion = live ?? (details.data === undefined ? undefined : fromObject(details.data));
  if (promotion === undefined) {
    return details.isError ? (
      <RequestFailed error={details.error} />
    ) : (
      <Notice tone="waiting" title="Waiting for this promotion…" />
    );
  }
  const freight = board?.freight.find((piece) => piece.name === promotion.freight);
  const outputs = details.data?.status?.state as Record<string, unknown> | undefined;
  return (
    <div className="mx-auto max-w-4xl p-4">
      <Head promotion={promotion} alias={freight?.alias} />
      {freight !== undefined && <ArtifactList artifacts={freight.artifacts} />}
      <ol className="mt-4 list-none border border-line bg-panel p-0" aria-label="Steps">
        {promotion.steps.map((step) => (
          <StepRow key={step.alias} step={step} output={outputs?.[step.alias]} />
        ))}
      </ol>
    </div>
  );
}

function Head({ promotion, alias }: { promotion: Promotion; alias: string | undefined }) {
  const { project } = useParams({ from: "/p/$project" });
  const permissions = usePermissions();
  const now = useNow();
  const abort = useMutation({ mutationFn: () => api.abort(project, promotion.name) });
  const open = promotion.finishedAt === undefined;
  const from = promotion.startedAt ?? promotion.createdAt;
  const took =
    from === undefined
      ? 0
      : Date.parse(promotion.finishedAt ?? new Date(now).toISOString()) - Date.parse(from);
  return (
    <div className="mb-2">
      <div className="flex flex-wrap items-center gap-4">
        <h1 className="m-0 text-lg font-semibold">
          {alias ?? promotion.freight?.slice(0, 7)} → {promotion.stage}
        </h1>
        <Status said={runPhase(promotion.phase)} />
        {open && (
          <Button
            className="ml-auto"
            disabled={permissions?.abortPromotions === false || abort.isPending || abort.isSuccess}
            title={
              permissions?.abortPromotions === false
                ? "You may not abort promotions here"
                : "Interrupt the running step and stop"
            }
            onClick={() => abort.mutate()}
          >
            {abort.isSuccess ? "Aborting…" : "Abort"}
          </Button>
        )}
      </div>
      <p className="m-0 text-soft">
        {promotion.actor === undefined ? "started by itself" : `started by ${promotion.actor}`}{" "}
        {ago(promotion.createdAt, now)} · {open ? "running for" : "took"} {span(took)}
      </p>
      {promotion.message !== undefined && <p className="my-2 text-bad">{promotion.message}</p>}
      {abort.isError && (
        <p role="alert" className="text-bad">
          {abort.error.message}
        </p>
      )}
    </div>
  );
}

function StepRow({ step, output }: { step: Step; output: unknown }) {
  const now = useNow();
  const end = step.finishedAt === undefined ? now : Date.parse(step.finishedAt);
  return (
    <li
      className="border-b border-line px-3 py-2 last:border-b-0"
      data-step={step.alias}
      data-status={step.status ?? ""}
    >
      <div className="flex flex-wrap items-baseline gap-x-4">
        <span className="w-32">
          <Status said={runPhase(step.status)} />
        </span>
        <span className="font-semibold">{step.uses}</span>
        <span className="text-soft">{step.alias}</span>
        <span className="ml-auto text-soft">
          {step.startedAt !== undefined && span(end - Date.parse(step.startedAt))}
        </span>
      </div>
      {step.message !== undefined && <p className="my-1 whitespace-pre-wrap break-words">{step.message}</p>}
      {output !== undefined && output !== null && (
        <details className="mt-1">
          <summary className="cursor-pointer text-soft">Output</summary>
          <pre className="m-0 overflow-x-auto rounded bg-page p-2 font-mono text-xs">
            {JSON.stringify(output, null, 2)}
          </pre>
        </details>
      )}
    </li>
  );
}
