// Every key the UI listens to, in one table: the help shows it, and `useShortcuts` listens.
import { useEffect, useRef } from "react";
import { create } from "zustand";

export type Place = "everywhere" | "project" | "board" | "stage";

export const shortcuts = {
  help: { keys: ["?"], place: "everywhere", does: "Show this help" },
  theme: { keys: ["t"], place: "everywhere", does: "Change between light, dark and the system's theme" },
  projects: { keys: ["g i"], place: "everywhere", does: "Go to the projects" },
  board: { keys: ["g b"], place: "project", does: "Go to the Board" },
  freight: { keys: ["g f"], place: "project", does: "Go to the Freight" },
  promotions: { keys: ["g p"], place: "project", does: "Go to the Promotions" },
  move: {
    keys: ["ArrowLeft", "ArrowDown", "ArrowUp", "ArrowRight", "h", "j", "k", "l"],
    place: "board",
    does: "Move over the cells",
  },
  ends: { keys: ["Home", "End"], place: "board", does: "To the first, the last cell of the row" },
  peek: { keys: ["Enter", " "], place: "board", does: "Open the Stage beside the Board" },
  promote: { keys: ["p"], place: "stage", does: "Promote to the Stage the newest Freight it may take" },
  refresh: { keys: ["r"], place: "stage", does: "Look at the Stage again now" },
  close: { keys: ["Escape"], place: "everywhere", does: "Close what lies over the page" },
} satisfies Record<string, { keys: string[]; place: Place; does: string }>;

const caps: Record<string, string> = {
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  Escape: "Esc",
  " ": "Space",
};

/** What is printed on the key. */
export const keyCap = (key: string) => caps[key] ?? key;

export type Shortcut = keyof typeof shortcuts;

const KEY = "kargo-shortcuts";
export const useShortcutSetting = create<{ on: boolean; set: (on: boolean) => void }>((set) => ({
  on: localStorage.getItem(KEY) !== "off",
  set: (on) => {
    localStorage.setItem(KEY, on ? "on" : "off");
    set({ on });
  },
}));

/** How long the first of two keys waits for the second. */
const TOGETHER_MS = 1_500;

/** Which shortcut a key means, given the key before it. */
export function meant(key: string, before: string | undefined): Shortcut | undefined {
  const typed = before === undefined ? key : `${before} ${key}`;
  return (Object.keys(shortcuts) as Shortcut[]).find((name) =>
    (shortcuts[name].keys as string[]).includes(typed),
  );
}

/** Keys are left alone while one writes, and with modifiers, which belong to the browser. */
export function isTyping(event: Pick<KeyboardEvent, "target" | "ctrlKey" | "metaKey" | "altKey">): boolean {
  const { target } = event;
  const writes =
    target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable='true']");
  return writes || event.ctrlKey || event.metaKey || event.altKey;
}

/** Listens on the whole page as long as the component is shown. */
export function useShortcuts(handlers: Partial<Record<Shortcut, () => void>>) {
  const current = useRef(handlers);
  current.current = handlers;
  useEffect(() => {
    let before: { key: string; at: number } | undefined;
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event) || !useShortcutSetting.getState().on || document.querySelector(":modal") !== null) {
        return;
      }
      const fresh = before !== undefined && event.timeStamp - before.at < TOGETHER_MS;
      const name = meant(event.key, fresh ? before?.key : undefined);
      before = event.key === "g" ? { key: event.key, at: event.timeStamp } : undefined;
      const handle = name === undefined ? undefined : current.current[name];
      if (handle !== undefined) {
        event.preventDefault();
        handle();
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
