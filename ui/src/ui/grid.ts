// Moving over the cells of a table by keys.

export interface Place {
  row: number;
  column: number;
}

/** Where a key leads; nothing for keys that do not move. Cells at the edge stay where they are. */
export function move(from: Place, key: string, rows: number, columns: number): Place | undefined {
  const to = step(from, key, columns);
  return to === undefined ? undefined : within(to, rows, columns);
}

/** The nearest place that exists. */
export function within({ row, column }: Place, rows: number, columns: number): Place {
  return { row: Math.max(0, Math.min(row, rows - 1)), column: Math.max(0, Math.min(column, columns - 1)) };
}

function step({ row, column }: Place, key: string, columns: number): Place | undefined {
  switch (key) {
    case "ArrowUp":
    case "k":
      return { row: row - 1, column };
    case "ArrowDown":
    case "j":
      return { row: row + 1, column };
    case "ArrowLeft":
    case "h":
      return { row, column: column - 1 };
    case "ArrowRight":
    case "l":
      return { row, column: column + 1 };
    case "Home":
      return { row, column: 0 };
    case "End":
      return { row, column: columns - 1 };
    default:
      return undefined;
  }
}
