// Why not, and when: the server's words with a countdown where time alone will help.
import { useNow } from "../api/clock";
import type { Reason } from "../api/types";
import { span } from "./words";

export function ReasonLine({ reason }: { reason: Reason }) {
  const now = useNow();
  const left = reason.unblocksAt === undefined ? 0 : Date.parse(reason.unblocksAt) - now;
  return (
    <span className="text-waiting">
      <span aria-hidden="true">◷ </span>
      {reason.message}
      {left > 0 && <strong className="font-semibold"> · {span(left)} left</strong>}
    </span>
  );
}
