// Says how fresh the page is.
import { useNow } from "../api/clock";
import { useLive } from "../api/stream";
import { span } from "../pipeline/words";
import { Status } from "./primitives";

export function Freshness() {
  useNow();
  const { connection, heardAt } = useLive();
  const silent = Date.now() - heardAt;
  switch (connection.kind) {
    case "loading":
      return <Status said={{ glyph: "…", word: "Loading", tone: "waiting" }} />;
    case "live":
      return (
        <span title="The server was last heard of at this time; changes arrive by themselves">
          <Status said={{ glyph: "●", word: "Live", tone: "good" }}>
            Live
            <span className="font-normal text-soft">{silent < 2_000 ? "now" : `${span(silent)} ago`}</span>
          </Status>
        </span>
      );
    case "reconnecting":
      return (
        <Status said={{ glyph: "○", word: "Reconnecting", tone: "bad" }}>
          Reconnecting{heardAt > 0 && <span className="font-normal"> · stale for {span(silent)}</span>}
        </Status>
      );
    case "failed":
      return <Status said={{ glyph: "✕", word: "Not live", tone: "bad" }} />;
  }
}
