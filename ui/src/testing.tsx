// For component tests: a page of a Project around a component, and a server that answers from a table.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import type { BoardState } from "./api/board-state";
import type { Freight, Stage } from "./api/types";
import { overlay } from "./paths";

export const NOW = "2026-01-01T00:00:00Z";

export const piece = (name: string, version: string): Freight => ({
  name,
  alias: `${name}-alias`,
  origin: { kind: "Warehouse", name: "api" },
  discoveredAt: NOW,
  artifacts: [{ kind: "image", name: "api", repository: "registry.example/api", version }],
});

export const prod: Stage = {
  name: "prod",
  rank: 1,
  phase: "ready",
  health: "Healthy",
  controlFlow: false,
  autoPromotion: true,
  cells: [
    {
      origin: { kind: "Warehouse", name: "api" },
      direct: false,
      upstream: ["test"],
      requiredSoak: "1h",
      current: {
        name: "f1",
        alias: "f1-alias",
        since: NOW,
        verified: true,
        artifacts: piece("f1", "1.0.0").artifacts,
      },
      newer: 1,
      eligible: 0,
      newest: "f2",
    },
  ],
};

export const board = (changes: Partial<BoardState> = {}): BoardState => ({
  project: "demo",
  cursor: "1",
  revision: 1,
  stages: [prod],
  warehouses: [],
  freight: [piece("f2", "2.0.0"), piece("f1", "1.0.0")],
  promotions: [],
  ...changes,
});

/** Answers of the server by method and path below `/v1beta1`; what was asked is in `asked`. */
export function answer(table: Record<string, unknown>): { asked: { request: string; body: unknown }[] } {
  const asked: { request: string; body: unknown }[] = [];
  globalThis.fetch = async (input, init) => {
    const path = String(input).replace("/v1beta1", "").split("?")[0];
    const request = `${init?.method ?? "GET"} ${path}`;
    asked.push({ request, body: init?.body === undefined ? undefined : JSON.parse(String(init.body)) });
    const found = table[request];
    const status = found === undefined ? 404 : 200;
    return new Response(JSON.stringify(found ?? { error: `nothing for ${request}` }), { status });
  };
  return { asked };
}

/** Shows a component on the Board's page of Project `demo`, at an address such as `?stage=prod`. */
export function show(component: () => ReactNode, search = "") {
  const root = createRootRoute();
  const project = createRoute({
    getParentRoute: () => root,
    path: "/p/$project",
    component: () => (
      <>
        {component()}
        <Outlet />
      </>
    ),
    validateSearch: overlay,
  });
  const promotion = createRoute({
    getParentRoute: () => project,
    path: "/promotions/$promotion",
    component: () => <h1>The promotion</h1>,
  });
  const router = createRouter({
    routeTree: root.addChildren([project.addChildren([promotion])]),
    history: createMemoryHistory({ initialEntries: [`/p/demo${search}`] }),
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      {/* The app's own routes are another type than this small tree. */}
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  return router;
}
