// Times that move on by themselves. Only these render every second, not what is around them.
import { useNow } from "../api/clock";
import { ago, moment, span } from "./time";

export function Ago({ at }: { at: string | undefined }) {
  const now = useNow();
  return at === undefined ? (
    "never"
  ) : (
    <time dateTime={at} title={moment(at)} className="whitespace-nowrap">
      {ago(at, now)}
    </time>
  );
}

/** How long something lasts, or lasted. */
export function Lasting({ from, to }: { from: string; to?: string | undefined }) {
  const now = useNow();
  return (
    <time dateTime={from} title={moment(from)} className="whitespace-nowrap">
      {span((to === undefined ? now : Date.parse(to)) - Date.parse(from))}
    </time>
  );
}

/** What is left until a moment, by the server's clock; nothing once it has passed. */
export function Countdown({ until }: { until: string }) {
  const left = Date.parse(until) - useNow();
  return left <= 0 ? null : (
    <time dateTime={until} title={moment(until)} className="font-semibold whitespace-nowrap tabular-nums">
      {" "}
      · {span(left)} left
    </time>
  );
}
