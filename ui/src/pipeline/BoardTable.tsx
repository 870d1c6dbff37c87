// The table of Stages by origins: a row each, moved over with the arrow keys.
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import type { BoardState } from "../api/board-state";
import type { Origin, Stage } from "../api/types";
import { move, within } from "../ui/grid";
import { meant } from "../ui/shortcuts";
import { BoardCell } from "./BoardCell";
import { StageCell } from "./StageCell";
import { useOverlay } from "./useOverlay";
import { best, useStageActions } from "./useStageActions";

/** From here on the table scrolls by itself, so that its head and its first column stay in sight. */
const WIDE = 5;

const originKey = (origin: Origin) => `${origin.kind}/${origin.name}`;

export function originsOf(stages: Stage[]): Origin[] {
  const found = new Map<string, Origin>();
  for (const stage of stages) {
    for (const cell of stage.cells) {
      found.set(originKey(cell.origin), cell.origin);
    }
  }
  return [...found.values()].sort((a, b) => originKey(a).localeCompare(originKey(b)));
}

export function BoardTable({ board }: { board: BoardState }) {
  const { project, stages, promotions } = board;
  const origins = useMemo(() => originsOf(stages), [stages]);
  const freight = useMemo(() => new Map(board.freight.map((piece) => [piece.name, piece])), [board.freight]);
  const table = useRef<HTMLTableElement>(null);
  const [place, setPlace] = useState({ row: 0, column: 0 });
  const overlay = useOverlay();
  const actions = useStageActions(project);
  const columns = origins.length + 1;
  const here = within(place, stages.length, columns);
  const wide = origins.length >= WIDE;

  const onKeyDown = (event: KeyboardEvent) => {
    const stage = stages[here.row];
    const cell = event.target instanceof HTMLElement && event.target.hasAttribute("data-cell");
    if (stage === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const to = move(here, event.key, stages.length, columns);
    const name = meant(event.key, undefined);
    if (to !== undefined) {
      setPlace(to);
      table.current?.querySelector<HTMLElement>(`[data-cell="${to.row} ${to.column}"]`)?.focus();
    } else if (name === "peek" && cell) {
      overlay.peek(stage.name);
    } else if (name === "promote") {
      const freightName = best(stage, origins[here.column - 1]);
      if (freightName === undefined) {
        actions.nothingToPromote(stage.name);
      } else {
        overlay.promote(freightName, stage.name);
      }
    } else if (name === "refresh") {
      actions.refresh(stage.name);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const cellProps = (row: number, column: number) => ({
    "data-cell": `${row} ${column}`,
    tabIndex: row === here.row && column === here.column ? 0 : -1,
    onFocus: () => (row === here.row && column === here.column ? undefined : setPlace({ row, column })),
  });

  return (
    <div className={wide ? "relative lg:max-h-[calc(100dvh-4rem)] lg:overflow-auto" : ""}>
      <table
        ref={table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrow keys move over it, which is what makes a table a grid.
        role="grid"
        aria-label={`Stages of ${project} by origin of their Freight`}
        aria-describedby="board-keys"
        onKeyDown={onKeyDown}
        className="block w-full table-fixed border-separate border-spacing-0 lg:table"
        style={wide ? { minWidth: `${18 + origins.length * 15}rem` } : undefined}
      >
        <thead className="hidden lg:table-header-group">
          <tr>
            <th scope="col" className={`${head} left-0 z-10 w-72`}>
              Stage
            </th>
            {origins.map((origin) => (
              <th scope="col" key={originKey(origin)} className={`${head} z-[5]`}>
                {origin.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="block lg:table-row-group">
          {stages.map((stage, row) => (
            <tr key={stage.name} data-stage={stage.name} className={rowLook}>
              <th
                scope="row"
                {...cellProps(row, 0)}
                className={`${cellLook} block min-w-0 border-line border-l-4 bg-panel px-3 py-3 text-left font-normal lg:sticky lg:left-0 lg:table-cell lg:border-r lg:border-b ${overlay.open.stage === stage.name ? "!border-l-accent" : ""}`}
                style={stage.color === undefined ? undefined : { borderLeftColor: stage.color }}
              >
                <StageCell stage={stage} promotions={promotions} reachable={here.row === row} />
              </th>
              {origins.map((origin, index) => {
                const cell = stage.cells.find((known) => originKey(known.origin) === originKey(origin));
                const shown = cell === undefined ? "hidden" : "block";
                return (
                  <td
                    key={originKey(origin)}
                    {...cellProps(row, index + 1)}
                    className={`${cellLook} ${shown} min-w-0 border-line px-3 py-3 lg:table-cell lg:border-r lg:border-b`}
                  >
                    {origins.length > 1 && (
                      <span aria-hidden="true" className="block text-soft lg:hidden">
                        {origin.name}
                      </span>
                    )}
                    <BoardCell stage={stage} cell={cell} freight={freight} reachable={here.row === row} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p id="board-keys" className="mt-2 hidden text-soft lg:block">
        Arrow keys move over the cells, <kbd>Enter</kbd> opens a Stage, <kbd>p</kbd> promotes to it,{" "}
        <kbd>?</kbd> shows all keys.
      </p>
    </div>
  );
}

/** The ring stays inside, and what has the focus is not left under the head or the first column. */
const cellLook = "scroll-mt-10 focus-visible:-outline-offset-2 lg:scroll-ml-72";
const head =
  "sticky top-0 border-b border-line bg-page px-3 py-2 text-left font-normal text-soft break-words";
const rowLook =
  "mb-3 grid grid-cols-[repeat(auto-fill,minmax(min(15rem,100%),1fr))] border border-line bg-panel align-top *:first:col-span-full *:first:border-b lg:mb-0 lg:table-row lg:border-0";
