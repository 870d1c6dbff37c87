// One step of a Promotion: its state, how long it took, what it said, what it left.
import type { Step } from "../api/types";
import { Status } from "../ui/primitives";
import { toneText } from "../ui/said";
import { Lasting } from "../ui/Times";
import { runPhase } from "./words";

export function StepRow({ step, output }: { step: Step; output: unknown }) {
  const said = runPhase(step.status);
  return (
    <li
      className="border-b border-line px-3 py-2 last:border-b-0"
      data-step={step.alias}
      data-status={step.status ?? ""}
    >
      <div className="flex flex-wrap items-baseline gap-x-4">
        <span className="w-28">
          <Status said={said} />
        </span>
        <span className="min-w-0 break-words font-semibold">{step.uses}</span>
        <span className="min-w-0 break-words text-soft">{step.alias}</span>
        <span className="ml-auto text-soft tabular-nums">
          {step.startedAt !== undefined && <Lasting from={step.startedAt} to={step.finishedAt} />}
        </span>
      </div>
      {step.message !== undefined && step.message !== "" && (
        <p
          className={`my-1 whitespace-pre-wrap break-words ${said.tone === "bad" ? toneText.bad : "text-soft"}`}
        >
          {step.message}
        </p>
      )}
      {output !== undefined && output !== null && (
        <details className="mt-1">
          <summary className="cursor-pointer text-soft">
            Output<span className="sr-only"> of {step.alias}</span>
          </summary>
          <pre
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
            tabIndex={0}
            className="m-0 max-h-96 overflow-auto rounded bg-page p-2 font-mono text-xs"
          >
            {JSON.stringify(output, null, 2)}
          </pre>
        </details>
      )}
    </li>
  );
}
