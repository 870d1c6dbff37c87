// The frame around every page: who is signed in, the theme, the keys.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, api } from "../api/client";
import { useSession } from "../api/session";
import { Announcements, announce } from "../ui/announce";
import { Button } from "../ui/primitives";
import { useShortcuts } from "../ui/shortcuts";
import { useTheme } from "../ui/theme";
import { ShortcutHelp } from "./ShortcutHelp";

export default function RootLayout() {
  const { theme, next } = useTheme();
  const [help, setHelp] = useState(false);
  const navigate = useNavigate();
  const changeTheme = () => announce(`Theme: ${next()}`);
  useShortcuts({
    help: () => setHelp(true),
    theme: changeTheme,
    projects: () => void navigate({ to: "/" }),
  });
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-30 focus:bg-panel focus:p-2"
      >
        Skip to content
      </a>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-panel px-4 py-2">
        <Link to="/" className="flex items-center gap-2 font-semibold text-ink no-underline">
          <img src="/icon.svg" alt="" width="22" height="22" />
          Kargo
        </Link>
        <div className="ml-auto flex min-w-0 flex-wrap items-center justify-end gap-2">
          <WhoAmI />
          <Button small onClick={changeTheme} title="Change between system, light and dark (t)">
            <span className="sr-only sm:not-sr-only">Theme: </span>
            {theme}
          </Button>
          <Button small onClick={() => setHelp(true)} aria-label="Keys" title="Keys (?)">
            ?
          </Button>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="flex-1 outline-none">
        <Outlet />
      </main>
      {help && <ShortcutHelp close={() => setHelp(false)} />}
      <Announcements />
    </div>
  );
}

function WhoAmI() {
  const session = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  const signOut = useMutation({
    mutationFn: api.signOut,
    onSuccess: async () => {
      await navigate({ to: "/login" });
      // Nothing that this person saw stays behind for the next.
      queries.clear();
    },
    onError: (error) => announce(error.message),
  });
  if (session.error instanceof ApiError && session.error.status === 401) {
    return href.startsWith("/login") ? null : (
      <Link to="/login" search={{ back: href }} className="text-accent">
        Sign in
      </Link>
    );
  }
  if (session.data === undefined || href.startsWith("/login")) {
    return null;
  }
  const { actor, skipAuth } = session.data;
  return (
    <>
      <span
        className="min-w-0 truncate text-soft"
        title={skipAuth ? "This server asks nobody to sign in" : undefined}
      >
        {skipAuth ? "no sign-in" : actor}
      </span>
      {!skipAuth && (
        <Button small disabled={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out
        </Button>
      )}
    </>
  );
}
