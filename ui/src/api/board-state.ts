// The Board as the browser holds it: a snapshot and the patches since. Pure, so that it can be tested without a stream.
import type { Board, BoardPatch, Freight, Promotion, RowKind, Stage, Warehouse } from "./types";

interface Row {
  name: string;
}

export interface BoardState {
  project: string;
  cursor: string;
  /** Counts the changes of Stages and Freight: what was allowed before one of them may not be after it. */
  revision: number;
  stages: Stage[];
  warehouses: Warehouse[];
  freight: Freight[];
  promotions: Promotion[];
}

/** Finished Promotions kept in the browser; older ones are a request away. */
const MOST_PROMOTIONS = 500;

export function fromSnapshot(board: Board, before: BoardState | null): BoardState {
  const { project, cursor, stages, warehouses, freight, promotions } = board;
  const revision = (before?.revision ?? 0) + 1;
  return { project, cursor, revision, stages, warehouses, freight, promotions };
}

export function applyPatch(state: BoardState, patch: BoardPatch, cursor: string): BoardState {
  const stages = merge(state.stages, patch.stages, gone(patch, "stage"), byRank);
  const freight = merge(state.freight, patch.freight, gone(patch, "freight"), newestFreight);
  const moved = stages !== state.stages || freight !== state.freight;
  return {
    project: state.project,
    cursor,
    revision: moved ? state.revision + 1 : state.revision,
    stages,
    warehouses: merge(state.warehouses, patch.warehouses, gone(patch, "warehouse"), byName),
    freight,
    promotions: atMost(
      MOST_PROMOTIONS,
      merge(state.promotions, patch.promotions, gone(patch, "promotion"), newestPromotion),
    ),
  };
}

function gone(patch: BoardPatch, kind: RowKind): Set<string> {
  return new Set(patch.gone?.filter((key) => key.kind === kind).map((key) => key.name));
}

/** Returns the same array when nothing changes, so that nothing that shows it renders again. */
function merge<T extends Row>(
  rows: T[],
  changed: T[] | undefined,
  gone: Set<string>,
  order: (a: T, b: T) => number,
): T[] {
  if ((changed === undefined || changed.length === 0) && gone.size === 0) {
    return rows;
  }
  const next = new Map(rows.map((row) => [row.name, row]));
  for (const row of changed ?? []) {
    next.set(row.name, row);
  }
  for (const name of gone) {
    next.delete(name);
  }
  return [...next.values()].sort(order);
}

function atMost<T>(count: number, rows: T[]): T[] {
  return rows.length > count ? rows.slice(0, count) : rows;
}

const byName = (a: Row, b: Row) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const byRank = (a: Stage, b: Stage) => a.rank - b.rank || byName(a, b);
const newestFreight = (a: Freight, b: Freight) => time(b.discoveredAt) - time(a.discoveredAt) || byName(b, a);
const newestPromotion = (a: Promotion, b: Promotion) => time(b.createdAt) - time(a.createdAt) || byName(b, a);
const time = (at: string | undefined) => (at === undefined ? 0 : Date.parse(at));
