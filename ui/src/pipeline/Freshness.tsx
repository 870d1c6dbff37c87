// Says how fresh the page is, and, when the server is away for long, what that means.
import { useNow } from "../api/clock";
import { retryNow, useLive } from "../api/stream";
import { Button, Status } from "../ui/primitives";
import { span } from "../ui/time";

export function Freshness() {
  useNow();
  const { connection, heardAt } = useLive();
  const silent = Date.now() - heardAt;
  switch (connection.kind) {
    case "loading":
      return <Status said={{ glyph: "…", word: "Loading", tone: "waiting" }} />;
    case "live":
      return (
        <span title="When the server was last heard of; changes arrive by themselves">
          <Status said={{ glyph: "●", word: "Live", tone: "good" }}>
            Live
            <span className="font-normal text-soft tabular-nums">
              {silent < 2_000 ? "now" : `${span(silent)} ago`}
            </span>
          </Status>
        </span>
      );
    case "reconnecting":
      return (
        <Status said={{ glyph: "○", word: "Reconnecting", tone: "bad" }}>
          Reconnecting
          {heardAt > 0 && <span className="font-normal tabular-nums"> · stale for {span(silent)}</span>}
        </Status>
      );
    case "failed":
      return <Status said={{ glyph: "✕", word: "Not live", tone: "bad" }} />;
  }
}

/** A line that is cut for a moment is nobody's business. */
const PATIENCE_MS = 4_000;

export function StaleNotice() {
  useNow();
  const { connection, heardAt, board } = useLive();
  const stale = connection.kind === "reconnecting" && board !== null && Date.now() - heardAt > PATIENCE_MS;
  return (
    <div aria-live="polite">
      {stale && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-panel px-4 py-2">
          <span className="text-bad">
            <span aria-hidden="true">○ </span>
            The server does not answer. What you see may be out of date; it is asked again and again.
          </span>
          <Button small onClick={retryNow}>
            Try now
          </Button>
        </div>
      )}
    </div>
  );
}
