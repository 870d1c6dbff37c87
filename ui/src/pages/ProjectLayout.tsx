// One Project: follows it live, and holds what may lie over its pages.
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { follow, useLive } from "../api/stream";
import { PromoteSheet } from "../forms/PromoteSheet";
import { Freshness, StaleNotice } from "../pipeline/Freshness";
import { RequestFailed } from "../pipeline/RequestFailed";
import { StagePeek } from "../pipeline/StagePeek";
import { Notice } from "../ui/primitives";
import { useShortcuts } from "../ui/shortcuts";

export default function ProjectLayout() {
  const { project } = useParams({ from: "/p/$project" });
  const board = useLive((live) => live.board);
  const connection = useLive((live) => live.connection);
  const navigate = useNavigate();
  useEffect(() => follow(project), [project]);
  const to = (page: Page) => () => void navigate({ to: page, params: { project }, search: {} });
  useShortcuts({
    board: to("/p/$project"),
    freight: to("/p/$project/freight"),
    promotions: to("/p/$project/promotions"),
  });

  return (
    <div>
      <nav
        aria-label="Project"
        className="flex flex-wrap items-center gap-x-5 border-b border-line bg-panel px-4"
      >
        <span className="min-w-0 break-words py-2 font-semibold">{project}</span>
        <Tab to="/p/$project" label="Board" exact />
        <Tab to="/p/$project/freight" label="Freight" />
        <Tab to="/p/$project/promotions" label="Promotions" />
        <span className="ml-auto py-2">
          <Freshness />
        </span>
      </nav>
      <StaleNotice />
      {connection.kind === "failed" ? (
        <RequestFailed error={connection.error} />
      ) : board === null || board.project !== project ? (
        <Notice
          tone="waiting"
          title={connection.kind === "reconnecting" ? "The server cannot be reached" : "Loading…"}
        >
          {connection.kind === "reconnecting" && "It is asked again and again. Is it still running?"}
        </Notice>
      ) : (
        <>
          <Outlet />
          <StagePeek project={project} board={board} />
          <PromoteSheet project={project} board={board} />
        </>
      )}
    </div>
  );
}

type Page = "/p/$project" | "/p/$project/freight" | "/p/$project/promotions";

function Tab({ to, label, exact = false }: { to: Page; label: string; exact?: boolean }) {
  const { project } = useParams({ from: "/p/$project" });
  return (
    <Link
      to={to}
      params={{ project }}
      search={{}}
      activeOptions={{ exact, includeSearch: false }}
      className="border-b-2 border-transparent py-2 text-soft no-underline hover:text-ink"
      activeProps={{ className: "!border-accent !text-ink", "aria-current": "page" }}
    >
      {label}
    </Link>
  );
}
