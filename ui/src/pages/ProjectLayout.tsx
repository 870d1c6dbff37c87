// One Project: follows it live, and holds what may lie over its pages.
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { api } from "../api/client";
import { follow, useLive } from "../api/stream";
import { PromoteSheet } from "../forms/PromoteSheet";
import { Freshness } from "../ui/Freshness";
import { Notice } from "../ui/primitives";
import { RequestFailed } from "../ui/RequestFailed";

export default function ProjectLayout() {
  const { project } = useParams({ from: "/p/$project" });
  const { board, connection } = useLive();
  useEffect(() => follow(project), [project]);
  useEffect(() => {
    const failed = board?.stages.filter((stage) => stage.phase === "failed").length ?? 0;
    document.title = `${failed > 0 ? `(${failed} failed) ` : ""}${project} · Kargo`;
  }, [board, project]);

  return (
    <div>
      <nav
        aria-label="Project"
        className="flex flex-wrap items-center gap-x-5 gap-y-1 border-b border-line bg-panel px-4"
      >
        <span className="py-2 font-semibold">{project}</span>
        <Tab to="/p/$project" label="Board" exact />
        <Tab to="/p/$project/freight" label="Freight" />
        <Tab to="/p/$project/promotions" label="Promotions" />
        <span className="ml-auto py-2">
          <Freshness />
        </span>
      </nav>
      {connection.kind === "failed" ? (
        <RequestFailed error={connection.error} />
      ) : board === null ? (
        <Notice
          tone="waiting"
          title={connection.kind === "loading" ? "Loading…" : "The server cannot be reached"}
        />
      ) : (
        <>
          <Outlet />
          <PromoteSheet project={project} board={board} />
        </>
      )}
    </div>
  );
}

function Tab({
  to,
  label,
  exact = false,
}: {
  to: "/p/$project" | "/p/$project/freight" | "/p/$project/promotions";
  label: string;
  exact?: boolean;
}) {
  const { project } = useParams({ from: "/p/$project" });
  return (
    <Link
      to={to}
      params={{ project }}
      activeOptions={{ exact, includeSearch: false }}
      className="border-b-2 border-transparent py-2 text-soft no-underline hover:text-ink"
      activeProps={{ className: "!border-accent !text-ink", "aria-current": "page" }}
    >
      {label}
    </Link>
  );
}

/** What the caller may do here; asked once, the server decides again on every action. */
export function usePermissions() {
  const { project } = useParams({ from: "/p/$project" });
  return useQuery({
    queryKey: ["permissions", project],
    queryFn: () => api.permissions(project),
    staleTime: 60_000,
  }).data;
}
