import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { VirtualList } from "./VirtualList";

// There is no layout here, so that rows would have no height.
beforeEach(() => void vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(40));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const list = (count: number) => {
  const rows = Array.from({ length: count }, (_, index) => `row ${index}`);
  render(
    <VirtualList label="Rows" rows={rows} rowKey={(row) => row} estimate={40}>
      {(row) => row}
    </VirtualList>,
  );
  return screen.getAllByRole("listitem");
};

it("shows all of a short list", () => {
  expect(list(50)).toHaveLength(50);
});

it("shows of thousands only what is near the window, and says how many there are", () => {
  const items = list(5_000);
  expect(items.length).toBeGreaterThan(5);
  expect(items.length).toBeLessThan(100);
  expect(items[0]?.textContent).toBe("row 0");
  expect(items[0]?.getAttribute("aria-setsize")).toBe("5000");
});
