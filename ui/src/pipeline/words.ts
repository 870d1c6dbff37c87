// How states and times are said: a glyph, a word and a tone for each, so that colour never speaks alone.
import type { Artifact, StagePhase, WarehousePhase } from "../api/types";

export type Tone = "good" | "bad" | "busy" | "waiting" | "quiet";

export interface Said {
  glyph: string;
  word: string;
  tone: Tone;
}

export const stagePhases: Record<StagePhase, Said> = {
  promoting: { glyph: "»", word: "Promoting", tone: "busy" },
  verifying: { glyph: "?", word: "Verifying", tone: "busy" },
  failed: { glyph: "✕", word: "Failed", tone: "bad" },
  reconciling: { glyph: "…", word: "Reconciling", tone: "waiting" },
  ready: { glyph: "✓", word: "Ready", tone: "good" },
  empty: { glyph: "○", word: "Empty", tone: "quiet" },
};

export const warehousePhases: Record<WarehousePhase, Said> = {
  failed: { glyph: "✕", word: "Failed", tone: "bad" },
  reconciling: { glyph: "…", word: "Looking", tone: "waiting" },
  ready: { glyph: "✓", word: "Ready", tone: "good" },
};

const runPhases: Record<string, Said> = {
  Pending: { glyph: "○", word: "Pending", tone: "waiting" },
  Running: { glyph: "»", word: "Running", tone: "busy" },
  Succeeded: { glyph: "✓", word: "Succeeded", tone: "good" },
  Failed: { glyph: "✕", word: "Failed", tone: "bad" },
  Errored: { glyph: "✕", word: "Errored", tone: "bad" },
  Aborted: { glyph: "■", word: "Aborted", tone: "bad" },
  Skipped: { glyph: "–", word: "Skipped", tone: "quiet" },
};

/** A Promotion's phase or a step's status; a step without one has not begun. */
export function runPhase(phase: string | undefined): Said {
  return (phase && runPhases[phase]) || { glyph: "·", word: phase || "Not begun", tone: "quiet" };
}

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

/** What one would call the Freight: its first versions, short. */
export function versions(artifacts: Artifact[]): string {
  return artifacts.map((artifact) => artifact.version).join(" · ") || "nothing in it";
}
