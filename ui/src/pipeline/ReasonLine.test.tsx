import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { clock } from "../api/clock";
import { NOW } from "../testing";
import { ReasonLine } from "./ReasonLine";

beforeEach(() => {
  vi.useFakeTimers();
  // This computer's clock is an hour late; the server's counts.
  vi.setSystemTime(Date.parse(NOW) - 3_600_000);
  clock.observe(NOW);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("counts down by the server's clock, and stops at the moment", () => {
  const until = new Date(Date.parse(NOW) + 3_000).toISOString();
  render(<ReasonLine reason={{ code: "soaking", message: "it soaks", unblocksAt: until }} />);
  act(() => vi.advanceTimersByTime(1_000));
  expect(document.body.textContent).toBe("◷ it soaks · 2 s left");
  act(() => vi.advanceTimersByTime(5_000));
  expect(document.body.textContent).toBe("◷ it soaks");
});

it("gives each kind of reason its sign, so that colour never speaks alone", () => {
  render(<ReasonLine reason={{ code: "rbac_denied", message: "you may not" }} />);
  expect(screen.getByText("✕")).toBeDefined();
  expect(document.querySelector("time")).toBeNull();
});
