// What happened, what went wrong, what is it waiting for?
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "../api/client";
import { useLive } from "../api/stream";
import type { Promotion } from "../api/types";
import { ArtifactList } from "../pipeline/Artifacts";
import { Abort } from "../pipeline/PeekParts";
import { fromObject } from "../pipeline/promotion-object";
import { RequestFailed } from "../pipeline/RequestFailed";
import { StepRow } from "../pipeline/StepRow";
import { useOverlay } from "../pipeline/useOverlay";
import { called, runPhase } from "../pipeline/words";
import { Heading } from "../ui/Heading";
import { LongText } from "../ui/LongText";
import { Button, Copyable, Notice, Status } from "../ui/primitives";
import { Ago, Lasting } from "../ui/Times";

export default function PromotionPage() {
  const { project, promotion } = useParams({ from: "/p/$project/promotions/$promotion" });
  return <Run key={promotion} project={project} name={promotion} />;
}

function Run({ project, name }: { project: string; name: string }) {
  const board = useLive((live) => live.board);
  const live = board?.promotions.find((known) => known.name === name);
  const finished = live?.finishedAt;
  const details = useQuery({
    queryKey: ["promotion", project, name, finished],
    queryFn: () => api.promotion(project, name),
    placeholderData: (before) => (before?.metadata.name === name ? before : undefined),
  });
  // Not on the Board: just created, or finished so long ago that only the object tells.
  const promotion = live ?? (details.data === undefined ? undefined : fromObject(details.data));
  if (promotion === undefined) {
    return (
      <>
        <Heading title={name} hidden />
        {details.isError ? (
          <RequestFailed error={details.error} />
        ) : (
          <Notice tone="waiting" title="Waiting for this promotion…" />
        )}
      </>
    );
  }
  const freight = board?.freight.find((piece) => piece.name === promotion.freight);
  const outputs = details.data?.status?.state as Record<string, unknown> | undefined;
  return (
    <div className="mx-auto max-w-4xl p-4">
      <Head
        project={project}
        promotion={promotion}
        freight={called(freight ?? { name: promotion.freight ?? "" })}
      />
      {freight !== undefined && <ArtifactList artifacts={freight.artifacts} />}
      <ol className="mt-4 mb-4 list-none border border-line bg-panel p-0" aria-label="Steps">
        {promotion.steps.map((step) => (
          <StepRow key={step.alias} step={step} output={outputs?.[step.alias]} />
        ))}
      </ol>
      <Copyable text={`kargo get promotion --project ${project} ${promotion.name} -o yaml`} />
    </div>
  );
}

function Head({ project, promotion, freight }: { project: string; promotion: Promotion; freight: string }) {
  const overlay = useOverlay();
  const open = promotion.finishedAt === undefined;
  const bad = runPhase(promotion.phase).tone === "bad";
  const from = promotion.startedAt ?? promotion.createdAt;
  return (
    <div className="mb-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Heading title={`${freight} → ${promotion.stage}, ${promotion.phase.toLowerCase()}`}>
          {freight} → {promotion.stage}
        </Heading>
        <span aria-live="polite">
          <Status said={runPhase(promotion.phase)} />
        </span>
        <div className="ml-auto flex flex-wrap gap-2">
          <Button small onClick={() => overlay.peek(promotion.stage)}>
            Show {promotion.stage}
          </Button>
          {open ? (
            <Abort project={project} promotion={promotion.name} />
          ) : (
            promotion.freight !== undefined && (
              <Button small onClick={() => overlay.promote(promotion.freight ?? "", promotion.stage)}>
                Promote again…
              </Button>
            )
          )}
        </div>
      </div>
      <p className="m-0 text-soft">
        {promotion.actor === undefined ? "started by itself" : `started by ${promotion.actor}`}{" "}
        <Ago at={promotion.createdAt} />
        {from !== undefined && (
          <>
            {open ? " · running for " : " · took "}
            <Lasting from={from} to={promotion.finishedAt} />
          </>
        )}
      </p>
      {promotion.message !== undefined && (
        <LongText text={promotion.message} className={bad ? "text-bad" : "text-soft"} />
      )}
    </div>
  );
}
