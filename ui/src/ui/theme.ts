// Light, dark, or what the system says; remembered in this browser.
import { create } from "zustand";

export type Theme = "system" | "light" | "dark";
const KEY = "kargo-theme";
const themes: Theme[] = ["system", "light", "dark"];

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return themes.find((theme) => theme === value) ?? "system";
}

export const useTheme = create<{ theme: Theme; next: () => Theme }>((set, get) => ({
  theme: stored(),
  next: () => {
    const theme = themes[(themes.indexOf(get().theme) + 1) % themes.length] ?? "system";
    localStorage.setItem(KEY, theme);
    set({ theme });
    applyTheme();
    return theme;
  },
}));

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => applyTheme());

export function applyTheme() {
  const theme = stored();
  const shown = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  document.documentElement.dataset.theme = shown;
}
