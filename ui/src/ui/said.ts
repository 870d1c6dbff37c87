// How a state is said: a glyph, a word and a tone, so that colour never speaks alone.

export type Tone = "good" | "bad" | "busy" | "waiting" | "quiet";

export interface Said {
  glyph: string;
  word: string;
  tone: Tone;
}

export const toneText: Record<Tone, string> = {
  good: "text-good",
  bad: "text-bad",
  busy: "text-busy",
  waiting: "text-waiting",
  quiet: "text-soft",
};
