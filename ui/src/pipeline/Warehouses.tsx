// Where Freight comes from: when each Warehouse looked last, and how that went.
import { useMutation } from "@tanstack/react-query";
import { api } from "../api/client";
import { usePermissions } from "../api/session";
import type { Warehouse } from "../api/types";
import { announce } from "../ui/announce";
import { LongText } from "../ui/LongText";
import { Button, Problem, Status } from "../ui/primitives";
import { Ago } from "../ui/Times";
import { warehousePhases } from "./words";

export function Warehouses({ project, warehouses }: { project: string; warehouses: Warehouse[] }) {
  const permissions = usePermissions(project);
  const refresh = useMutation({
    mutationFn: (name: string) => api.refreshWarehouse(project, name),
    onSuccess: (_, name) => announce(`${name} is looking at its repositories`),
  });
  return (
    <section aria-label="Warehouses" className="mb-4">
      <ul className="m-0 grid list-none grid-cols-[repeat(auto-fill,minmax(min(20rem,100%),1fr))] items-start gap-3 p-0">
        {warehouses.map((warehouse) => (
          <li key={warehouse.name} className="min-w-0 rounded border border-line bg-panel px-3 py-2">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="min-w-0 break-words font-semibold">{warehouse.name}</span>
              <Status said={warehousePhases[warehouse.phase]} />
              <span className="text-soft">
                {warehouse.discoveredAt === undefined ? (
                  "has found nothing yet"
                ) : (
                  <>
                    looked <Ago at={warehouse.discoveredAt} />
                  </>
                )}
              </span>
              <Button
                small
                className="ml-auto"
                disabled={refresh.isPending}
                because={
                  permissions?.refreshWarehouses === false ? "You may not refresh Warehouses here" : undefined
                }
                onClick={() => refresh.mutate(warehouse.name)}
              >
                Refresh<span className="sr-only"> {warehouse.name}</span>
              </Button>
            </div>
            <Repositories warehouse={warehouse} />
            {warehouse.phase === "failed" && warehouse.message !== undefined && (
              <LongText text={warehouse.message} className="text-bad" />
            )}
          </li>
        ))}
      </ul>
      <Problem error={refresh.error} />
    </section>
  );
}

function Repositories({ warehouse }: { warehouse: Warehouse }) {
  const names = warehouse.subscriptions.map((known) => known.repository);
  return (
    <p className="m-0 truncate text-soft" title={names.join("\n")}>
      {names.join(", ")}
      {warehouse.manual && " · Freight is made by hand"}
    </p>
  );
}
