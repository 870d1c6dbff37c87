// The frame around every page.
import { Link, Outlet } from "@tanstack/react-router";
import { useTheme } from "../ui/theme";

export default function RootLayout() {
  const { theme, next } = useTheme();
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:bg-panel focus:p-2">
        Skip to content
      </a>
      <header className="flex items-center gap-4 border-b border-line bg-panel px-4 py-2.5">
        <Link to="/" className="flex items-center gap-2 font-semibold text-ink no-underline">
          <img src="/icon.svg" alt="" width="22" height="22" />
          Kargo
        </Link>
        <div className="ml-auto flex items-center gap-3">
          <button
            type="button"
            onClick={next}
            className="cursor-pointer rounded border border-line bg-panel px-2 py-1 text-soft hover:text-ink"
            title="Change between system, light and dark"
          >
            Theme: {theme}
          </button>
        </div>
      </header>
      <main id="content" className="flex-1">
        <Outlet />
      </main>
    </div>
  );
}
