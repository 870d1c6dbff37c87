// A piece of Freight: what is in it, how far it got, where it may go next and why not further.
import { useId } from "react";
import { group, useEligibility } from "../api/eligibility";
import type { EligibilityPair, Freight } from "../api/types";
import { Button, Problem } from "../ui/primitives";
import { Ago } from "../ui/Times";
import { Approve } from "./Approve";
import { ArtifactDetails, ArtifactList } from "./Artifacts";
import { ReasonLine, Reasons } from "./ReasonLine";
import { useOverlay } from "./useOverlay";
import { called } from "./words";

/** Stages that are named in a row; opening it shows all. */
const NAMED = 3;

export interface Taker {
  stage: string;
  candidate: string | undefined;
}

interface Props {
  project: string;
  piece: Freight;
  /** All names of the lane and the place in it: neighbours are asked for together. */
  names: string[];
  index: number;
  /** Stages that ask for this origin, upstream first, with the newest piece each may take. */
  takers: Taker[];
  revision: number;
}

export function FreightRow({ project, piece, names, index, takers, revision }: Props) {
  const overlay = useOverlay();
  const id = useId();
  const stages = takers.map((taker) => taker.stage);
  const eligibility = useEligibility(project, group(names, index), stages, revision);
  const pairs = eligibility.data?.pairs
    .filter((pair) => pair.freight === piece.name)
    .sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
  const best = new Set(takers.filter((taker) => taker.candidate === piece.name).map((taker) => taker.stage));
  const open = overlay.open.freight === piece.name || overlay.open.freight === piece.alias;
  return (
    <div data-freight={called(piece)} className="px-3 py-2.5">
      <div className="grid grid-cols-1 items-start gap-x-6 gap-y-2 md:grid-cols-[13rem_1fr] xl:grid-cols-[13rem_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1.4fr)]">
        <div className="flex min-w-0 items-start gap-2">
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => overlay.details(open ? undefined : piece.name)}
            className="min-w-0 cursor-pointer border-0 bg-transparent p-0 text-left text-ink"
          >
            <span aria-hidden="true" className="inline-block w-4 text-soft">
              {open ? "▾" : "▸"}
            </span>
            <span className="break-words font-semibold hover:underline">{called(piece)}</span>
            <span className="block pl-4 text-soft">
              <Ago at={piece.discoveredAt} />
            </span>
          </button>
        </div>
        <ArtifactList artifacts={piece.artifacts} />
        <Where freight={piece} stages={stages} />
        <div className="min-w-0 md:col-start-2 xl:col-start-auto">
          <Problem error={eligibility.error} />
          {pairs !== undefined && <Next piece={piece} pairs={pairs} best={best} />}
        </div>
      </div>
      {open && (
        <div id={id} className="mt-3 grid grid-cols-1 gap-6 border-t border-line pt-3 lg:grid-cols-2">
          <section aria-label="Artifacts">
            <h3 className="m-0 mb-2 font-semibold">What is in it</h3>
            <ArtifactDetails artifacts={piece.artifacts} />
            <p className="mb-0 break-all font-mono text-xs text-soft">{piece.name}</p>
          </section>
          <section aria-label="Where it may go">
            <h3 className="m-0 mb-2 font-semibold">Where it may go</h3>
            {pairs === undefined ? (
              <p className="text-soft">Asking the server…</p>
            ) : (
              <Moves project={project} piece={piece} pairs={pairs} best={best} />
            )}
          </section>
        </div>
      )}
    </div>
  );
}

interface Answers {
  piece: Freight;
  pairs: EligibilityPair[];
  /** Stages of which this is the newest piece they may take. */
  best: Set<string>;
}

/** The next Stages it may go to, and the first that it may not. */
function Next({ piece, pairs, best }: Answers) {
  const overlay = useOverlay();
  const had = (pair: EligibilityPair) => pair.current || piece.verifiedIn?.includes(pair.stage) === true;
  const next = pairs.filter((pair) => pair.allowed && !had(pair));
  const waits = pairs.filter((pair) => !pair.available && !had(pair));
  const first = waits[0];
  const reason = first?.because?.[0];
  return (
    <div className="flex min-w-0 flex-col items-start gap-1">
      {next.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {next.slice(0, NAMED).map((pair) => (
            <Button
              key={pair.stage}
              small
              primary={best.has(pair.stage)}
              onClick={() => overlay.promote(piece.name, pair.stage)}
            >
              Promote<span className="sr-only"> {called(piece)}</span> to {pair.stage}…
            </Button>
          ))}
          {next.length > NAMED && (
            <Button small onClick={() => overlay.promote(piece.name)}>
              {next.length - NAMED} more…
            </Button>
          )}
        </div>
      )}
      {first !== undefined && reason !== undefined && (
        <span className="max-w-full break-words">
          {first.stage}: <ReasonLine reason={reason} />
          {waits.length > 1 && <span className="text-soft"> · and {waits.length - 1} more wait</span>}
        </span>
      )}
    </div>
  );
}

function Moves({ project, piece, pairs, best }: Answers & { project: string }) {
  const overlay = useOverlay();
  return (
    <ul className="m-0 list-none p-0">
      {pairs.map((pair) => (
        <li
          key={pair.stage}
          data-move={pair.stage}
          className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 border-t border-line py-2 first:border-t-0 first:pt-0"
        >
          <div className="min-w-0 flex-1 basis-48">
            <span className="break-words font-medium">{pair.stage}</span>
            {pair.current && <span className="text-good"> ● runs it</span>}
            {pair.allowed && !pair.current && <span className="text-good"> ✓ may go there now</span>}
            {!pair.current && <Reasons reasons={pair.because} />}
          </div>
          <div className="flex min-w-0 flex-wrap gap-2">
            {pair.allowed && (
              <Button
                small
                primary={best.has(pair.stage)}
                onClick={() => overlay.promote(piece.name, pair.stage)}
              >
                Promote{pair.current && " again"}
                <span className="sr-only"> to {pair.stage}</span>…
              </Button>
            )}
            <Approve project={project} pair={pair} called={called(piece)} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The Stages it is in, was in, or is approved for. */
function Where({ freight, stages }: { freight: Freight; stages: string[] }) {
  const groups = [
    { word: "● runs in", look: "font-medium text-good", names: freight.currentIn },
    {
      word: "✓ was in",
      look: "text-soft",
      names: freight.verifiedIn?.filter((stage) => freight.currentIn?.includes(stage) !== true),
    },
    { word: "☑ approved for", look: "text-busy", names: freight.approvedFor },
  ];
  const shown = groups.filter(({ names }) => names !== undefined && names.length > 0);
  // Stages that only pass Freight on are no takers; they come last.
  const place = (stage: string) => (stages.includes(stage) ? stages.indexOf(stage) : stages.length);
  const order = (a: string, b: string) => place(a) - place(b);
  return (
    <div className="min-w-0">
      {shown.length === 0 && <span className="text-soft">in no Stage yet</span>}
      {shown.map(({ word, look, names }) => (
        <span key={word} className={`block break-words ${look}`}>
          {word} {[...(names ?? [])].sort(order).join(", ")}
        </span>
      ))}
    </div>
  );
}
