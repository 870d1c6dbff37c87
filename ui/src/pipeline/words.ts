// The words for the states of Stages, Warehouses, Promotions and reasons.
import type { Artifact, StagePhase, WarehousePhase } from "../api/types";
import type { Said } from "../ui/said";

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
  Successful: { glyph: "✓", word: "Successful", tone: "good" },
  Failed: { glyph: "✕", word: "Failed", tone: "bad" },
  Errored: { glyph: "✕", word: "Errored", tone: "bad" },
  Error: { glyph: "✕", word: "Error", tone: "bad" },
  Aborted: { glyph: "■", word: "Aborted", tone: "bad" },
  Inconclusive: { glyph: "?", word: "Inconclusive", tone: "waiting" },
  Skipped: { glyph: "–", word: "Skipped", tone: "quiet" },
};

/** The phase of a Promotion or a verification, or a step's status; a step without one has not begun. */
export function runPhase(phase: string | undefined): Said {
  return (phase && runPhases[phase]) || { glyph: "·", word: phase || "Not begun", tone: "quiet" };
}

const healths: Record<string, Said> = {
  Healthy: { glyph: "✓", word: "Healthy", tone: "good" },
  Progressing: { glyph: "»", word: "Progressing", tone: "busy" },
  Unhealthy: { glyph: "✕", word: "Unhealthy", tone: "bad" },
  Unknown: { glyph: "?", word: "Health unknown", tone: "waiting" },
};

export function health(state: string): Said {
  return healths[state] ?? { glyph: "–", word: state, tone: "quiet" };
}

const reasons: Record<string, Pick<Said, "glyph" | "tone">> = {
  already_current: { glyph: "✓", tone: "quiet" },
  auto_promotion_hold: { glyph: "‖", tone: "waiting" },
  control_flow: { glyph: "→", tone: "quiet" },
  controller_dead: { glyph: "✕", tone: "bad" },
  origin_not_requested: { glyph: "–", tone: "quiet" },
  policy_off: { glyph: "–", tone: "quiet" },
  promotion_failed: { glyph: "✕", tone: "bad" },
  promotion_running: { glyph: "»", tone: "busy" },
  rbac_denied: { glyph: "✕", tone: "bad" },
  spec_invalid: { glyph: "✕", tone: "bad" },
  stage_paused: { glyph: "‖", tone: "waiting" },
  verification_failed: { glyph: "✕", tone: "bad" },
  verification_running: { glyph: "»", tone: "busy" },
};

/** How a reason looks. A code that is not known yet waits like most. */
export const reasonLook = (code: string) => reasons[code] ?? { glyph: "◷", tone: "waiting" as const };

/** What one would call the Freight: its first versions, short. */
export function versions(artifacts: Artifact[]): string {
  return artifacts.map((artifact) => artifact.version).join(" · ") || "nothing in it";
}

/** Freight by its alias, or as git shortens its ids. */
export const called = (piece: { name: string; alias?: string | undefined }) =>
  piece.alias ?? piece.name.slice(0, 7);
