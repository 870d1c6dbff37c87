import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useLive } from "../api/stream";
import { board } from "../testing";
import { Freshness, StaleNotice } from "./Freshness";

const START = Date.parse("2026-01-01T00:00:00Z");

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(START);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const page = () =>
  render(
    <>
      <Freshness />
      <StaleNotice />
    </>,
  );

it("says since when nothing was heard while the line is up", () => {
  useLive.setState({ board: board(), connection: { kind: "live" }, heardAt: START });
  page();
  expect(document.body.textContent).toBe("●Livenow");
  act(() => vi.advanceTimersByTime(7_000));
  expect(document.body.textContent).toBe("●Live7 s ago");
});

it("says how stale the page is when the line is cut, and after a while what that means", () => {
  useLive.setState({ board: board(), connection: { kind: "reconnecting", since: START }, heardAt: START });
  page();
  act(() => vi.advanceTimersByTime(2_000));
  expect(document.body.textContent).toBe("○Reconnecting · stale for 2 s");
  act(() => vi.advanceTimersByTime(4_000));
  expect(document.body.textContent).toContain("stale for 6 s");
  expect(screen.getByText(/What you see may be out of date/)).toBeDefined();
  expect(screen.getByRole("button", { name: "Try now" })).toBeDefined();
  act(() => useLive.setState({ connection: { kind: "live" }, heardAt: Date.now() }));
  expect(screen.queryByText(/out of date/)).toBeNull();
});

it("has no age to show before anything was loaded", () => {
  useLive.setState({ board: null, connection: { kind: "reconnecting", since: 0 }, heardAt: 0 });
  page();
  expect(document.body.textContent).toBe("○Reconnecting");
});
