// Which Projects are there?
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../api/client";
import type { ProjectObject } from "../api/types";
import { RequestFailed } from "../pipeline/RequestFailed";
import { Heading } from "../ui/Heading";
import { Copyable, Notice } from "../ui/primitives";

export default function ProjectsPage() {
  return (
    <div className="mx-auto max-w-5xl p-4">
      <Heading title="Projects" />
      <Projects />
    </div>
  );
}

function Projects() {
  const projects = useQuery({ queryKey: ["projects"], queryFn: api.projects, refetchInterval: 10_000 });
  if (projects.isError) {
    return <RequestFailed error={projects.error} />;
  }
  if (projects.data === undefined) {
    return <Notice tone="waiting" title="Loading…" />;
  }
  if (projects.data.items.length === 0) {
    return (
      <Notice tone="quiet" title="No projects yet">
        <p>
          A Project holds Warehouses, which find new artifacts, and Stages, which they travel through. Create
          one:
        </p>
        <Copyable text="kargo apply -f project.yaml" />
      </Notice>
    );
  }
  return (
    <ul className="mt-4 grid list-none grid-cols-1 gap-3 p-0 sm:grid-cols-2 lg:grid-cols-3">
      {projects.data.items.map((project) => (
        <li key={project.metadata.name}>
          <ProjectCard project={project} />
        </li>
      ))}
    </ul>
  );
}

const count = (number: number | undefined, what: string) =>
  `${number ?? 0} ${what}${number === 1 ? "" : "s"}`;

function ProjectCard({ project }: { project: ProjectObject }) {
  const stages = project.status?.stats?.stages;
  const warehouses = project.status?.stats?.warehouses;
  const description = project.metadata.annotations?.["kargo.akuity.io/description"];
  return (
    <Link
      to="/p/$project"
      params={{ project: project.metadata.name }}
      className="block h-full min-w-0 break-words rounded border border-line bg-panel p-4 text-ink no-underline hover:border-accent"
    >
      <span className="font-semibold">{project.metadata.name}</span>
      {description !== undefined && <p className="m-0 mt-1 text-soft">{description}</p>}
      <p className="m-0 mt-3 text-soft">
        {count(stages?.count, "stage")}, {stages?.health?.healthy ?? 0} healthy ·{" "}
        {count(warehouses?.count, "warehouse")}
      </p>
    </Link>
  );
}
