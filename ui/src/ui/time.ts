// How spans of time are said.

/** A span of time in its two largest units: "41 s", "3 m 20 s", "2 h 5 m", "4 d 1 h". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const units: [number, string][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "m"],
    [1, "s"],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) {
    return "0 s";
  }
  let rest = seconds;
  const parts: string[] = [];
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) {
      parts.push(`${count} ${name}`);
    }
  }
  return parts.join(" ");
}

export function ago(at: string | undefined, now: number): string {
  if (at === undefined) {
    return "never";
  }
  const passed = now - Date.parse(at);
  return passed < 1_500 ? "just now" : `${span(passed)} ago`;
}

/** The moment itself, in the reader's own time zone. */
export const moment = (at: string) => new Date(at).toLocaleString();
