// Opens and closes what lies over a Project's pages. It is part of the address, so it can be shared and reloaded.
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Overlay } from "../paths";

export function useOverlay() {
  const navigate = useNavigate();
  const open: Overlay = useSearch({ from: "/p/$project" });
  // The page underneath stays where it is.
  const go = (next: Overlay, replace = false) =>
    void navigate({ to: ".", search: next, replace, resetScroll: false });
  return {
    open,
    peek: (stage: string) => go({ stage }, open.stage !== undefined),
    closePeek: () => go(without(open, "stage"), true),
    promote: (freight: string, to?: string) =>
      go({ ...without(open, "to"), promote: freight, ...(to === undefined ? {} : { to }) }),
    closePromote: () => go(without(open, "promote", "to"), true),
    details: (freight: string | undefined) =>
      go({ ...without(open, "freight"), ...(freight === undefined ? {} : { freight }) }, true),
  };
}

function without(open: Overlay, ...keys: (keyof Overlay)[]): Overlay {
  const rest = { ...open };
  for (const key of keys) {
    delete rest[key];
  }
  return rest;
}
