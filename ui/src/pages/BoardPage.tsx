// What is running where, what could move next, and what is in the way?
import { useMutation } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "../api/client";
import { useNow } from "../api/clock";
import { useLive } from "../api/stream";
import type { Origin, Stage, Warehouse } from "../api/types";
import { BoardCell } from "../pipeline/BoardCell";
import { StageCell } from "../pipeline/StageCell";
import { ago, warehousePhases } from "../pipeline/words";
import { Button, Copyable, Notice, Status } from "../ui/primitives";
import { usePermissions } from "./ProjectLayout";

export default function BoardPage() {
  const { project } = useParams({ from: "/p/$project" });
  const board = useLive((live) => live.board);
  if (board === null) {
    return null;
  }
  if (board.stages.length === 0) {
    return (
      <Notice tone="quiet" title={`No stages in ${project} yet`}>
        <p>
          A Stage is a place Freight can run. Its manifest says where Freight may come from and how it gets
          there.
        </p>
        <Copyable text={`kargo apply -f stage.yaml    # namespace: ${project}`} />
      </Notice>
    );
  }
  const origins = originsOf(board.stages);
  return (
    <div className="p-4">
      <h1 className="sr-only">Board of {project}</h1>
      <Warehouses warehouses={board.warehouses} />
      <table className="mt-4 block w-full border-collapse md:table">
        <caption className="sr-only">Stages by origin of their Freight</caption>
        <thead className="hidden md:table-header-group">
          <tr className="text-left text-soft">
            <th scope="col" className="w-72 px-3 py-2 font-normal">
              Stage
            </th>
            {origins.map((origin) => (
              <th scope="col" key={key(origin)} className="px-3 py-2 font-normal">
                {origin.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="block md:table-row-group">
          {board.stages.map((stage) => (
            <tr
              key={stage.name}
              data-stage={stage.name}
              className="mb-3 block rounded border border-line bg-panel align-top md:table-row md:rounded-none"
            >
              <th
                scope="row"
                className="block border-line px-3 py-3 text-left font-normal md:table-cell md:border-r"
              >
                <StageCell stage={stage} promotions={board.promotions} />
              </th>
              {origins.map((origin) => (
                <td key={key(origin)} className="block px-3 py-3 md:table-cell">
                  <BoardCell stage={stage} origin={origin} freight={board.freight} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Warehouses({ warehouses }: { warehouses: Warehouse[] }) {
  const { project } = useParams({ from: "/p/$project" });
  const permissions = usePermissions();
  const now = useNow();
  const refresh = useMutation({ mutationFn: (name: string) => api.refreshWarehouse(project, name) });
  return (
    <section aria-label="Warehouses" className="flex flex-wrap gap-3">
      {warehouses.map((warehouse) => (
        <div
          key={warehouse.name}
          className="min-w-0 max-w-full rounded border border-line bg-panel px-3 py-2"
        >
          <div className="flex flex-wrap items-center gap-3">
            <span className="font-semibold">{warehouse.name}</span>
            <Status said={warehousePhases[warehouse.phase]} />
            <span className="text-soft">looked {ago(warehouse.discoveredAt, now)}</span>
            <Button
              className="!px-2 !py-0.5"
              disabled={permissions?.refreshWarehouses === false || refresh.isPending}
              title={
                permissions?.refreshWarehouses === false
                  ? "You may not refresh Warehouses here"
                  : "Look for new artifacts now"
              }
              onClick={() => refresh.mutate(warehouse.name)}
            >
              Refresh
            </Button>
          </div>
          <p className="m-0 truncate text-soft">
            {warehouse.subscriptions.map((known) => known.repository).join(", ")}
          </p>
          {warehouse.phase === "failed" && <p className="m-0 mt-1 text-bad">{warehouse.message}</p>}
        </div>
      ))}
      {refresh.isError && (
        <p role="alert" className="text-bad">
          {refresh.error.message}
        </p>
      )}
    </section>
  );
}

const key = (origin: Origin) => `${origin.kind}/${origin.name}`;

function originsOf(stages: Stage[]): Origin[] {
  const found = new Map<string, Origin>();
  for (const stage of stages) {
    for (const cell of stage.cells) {
      found.set(key(cell.origin), cell.origin);
    }
  }
  return [...found.values()].sort((a, b) => key(a).localeCompare(key(b)));
}
