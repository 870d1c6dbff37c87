// What exists, and how far did each piece get?
import { useNow } from "../api/clock";
import { useLive } from "../api/stream";
import type { Freight } from "../api/types";
import { ArtifactList } from "../pipeline/Artifacts";
import { useSheet } from "../pipeline/useSheet";
import { ago } from "../pipeline/words";
import { Button, Notice } from "../ui/primitives";

export default function FreightPage() {
  const board = useLive((live) => live.board);
  if (board === null) {
    return null;
  }
  if (board.freight.length === 0) {
    return (
      <Notice tone="quiet" title="No Freight yet">
        A Warehouse makes Freight of the newest artifacts it finds. Is there one, and is it ready? The Board
        shows it.
      </Notice>
    );
  }
  const lanes = Map.groupBy(board.freight, (freight) => freight.origin.name);
  const stages = board.stages.filter((stage) => !stage.controlFlow).map((stage) => stage.name);
  return (
    <div className="p-4">
      <h1 className="sr-only">Freight</h1>
      {[...lanes].map(([origin, freight]) => (
        <Lane key={origin} origin={origin} freight={freight} stages={stages} />
      ))}
    </div>
  );
}

function Lane({ origin, freight, stages }: { origin: string; freight: Freight[]; stages: string[] }) {
  const sheet = useSheet();
  const now = useNow();
  return (
    <section aria-label={origin} className="mb-6">
      <h2 className="mb-2 text-base font-semibold">{origin}</h2>
      <ul className="m-0 list-none border border-line bg-panel p-0">
        {freight.map((piece) => (
          <li
            key={piece.name}
            data-freight={piece.alias ?? piece.name}
            className="grid grid-cols-1 items-center gap-x-6 gap-y-1 border-b border-line px-3 py-2.5 last:border-b-0 md:grid-cols-[14rem_1fr_1fr_auto]"
          >
            <span>
              <span className="font-semibold">{piece.alias ?? piece.name.slice(0, 7)}</span>{" "}
              <span className="text-soft">{ago(piece.discoveredAt, now)}</span>
            </span>
            <ArtifactList artifacts={piece.artifacts} />
            <Progress freight={piece} stages={stages} />
            <Button onClick={() => sheet.open({ promote: piece.name })}>Promote…</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Progress({ freight, stages }: { freight: Freight; stages: string[] }) {
  const word = (stage: string) => {
    if (freight.currentIn?.includes(stage)) {
      return { text: `● runs in ${stage}`, look: "text-good font-medium" };
    }
    if (freight.verifiedIn?.includes(stage)) {
      return { text: `✓ was in ${stage}`, look: "text-soft" };
    }
    if (freight.approvedFor?.includes(stage)) {
      return { text: `☑ approved for ${stage}`, look: "text-busy" };
    }
    return undefined;
  };
  const words = stages.flatMap((stage) => word(stage) ?? []);
  return (
    <span className="flex flex-wrap gap-x-4">
      {words.length === 0 && <span className="text-soft">in no stage yet</span>}
      {words.map(({ text, look }) => (
        <span key={text} className={look}>
          {text}
        </span>
      ))}
    </span>
  );
}
