import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { clock } from "../api/clock";
import type { StageExplanation } from "../api/types";
import { answer, board, NOW, prod, show } from "../testing";
import { StagePeek } from "./StagePeek";

const later = new Date(Date.parse(NOW) + 41_000).toISOString();
const explanation: StageExplanation = {
  project: "demo",
  stage: "prod",
  summary: "Freight f2-alias is soaking.",
  blocking: { code: "soaking", message: "Freight f2-alias is soaking", unblocksAt: later, fix: "approve" },
  queue: [{ name: "prod.2", freight: "f2", ahead: 0 }],
  origins: [
    {
      origin: { kind: "Warehouse", name: "api" },
      autoPromotion: true,
      freight: [
        {
          name: "f2",
          alias: "f2-alias",
          current: false,
          available: false,
          actions: {
            promote: { allowed: false, because: [{ code: "not_verified", message: "must be verified" }] },
          },
        },
        {
          name: "f0",
          alias: "f0-alias",
          current: false,
          available: true,
          actions: { promote: { allowed: true } },
        },
      ],
    },
  ],
};
const object = {
  metadata: { name: "prod" },
  status: {
    conditions: [{ type: "Ready", status: "True", reason: "Verified", message: "all is well" }],
    effectiveAutoPromotionHolds: { "Warehouse/api": { actor: "ana", createdAt: NOW, freightName: "f1" } },
    freightHistory: [{ verificationHistory: [{ id: "1", phase: "Successful", finishTime: NOW }] }],
  },
};
const permissions = { promote: ["prod"], refreshStages: true, abortPromotions: false };
const table = {
  "GET /projects/demo/stages/prod/explain": explanation,
  "GET /projects/demo/stages/prod": object,
  "GET /projects/demo/ui/permissions": permissions,
  "POST /projects/demo/stages/prod/refresh": {},
};

beforeEach(() => clock.observe(NOW));
afterEach(cleanup);

const peek = () => <StagePeek project="demo" board={board()} />;

it("says what runs, the one fact in the way with the time left, and all there is to know", async () => {
  answer(table);
  show(peek, "?stage=prod");
  const panel = await screen.findByRole("dialog", { name: "prod" });
  const inTheWay = await within(panel).findByRole("region", { name: "What is in the way" });
  expect(inTheWay.textContent).toMatch(/Freight f2-alias is soaking · (41|40|39) s left/);
  expect(panel.textContent).toContain("runs f1-alias for");
  expect(panel.textContent).toContain("✓ verified");
  expect(panel.textContent).toContain("after test · soaks 1h");
  expect(within(panel).getByRole("region", { name: "Under way" }).textContent).toContain("is next");
  await waitFor(() => expect(panel.textContent).toContain("Auto-promotion is held by ana"));
  expect(within(panel).getByRole("region", { name: "Verification" }).textContent).toContain("Successful");
  expect(within(panel).getByRole("region", { name: "Conditions" }).textContent).toContain("all is well");
});

it("offers what the server allows, and says why the rest is not", async () => {
  answer(table);
  const router = show(peek, "?stage=prod");
  const others = await screen.findByRole("list", { name: "Other Freight of api" });
  const [newer, older] = [...others.children] as HTMLElement[];
  if (newer === undefined || older === undefined) {
    throw new Error("two pieces are answered");
  }
  expect(newer.textContent).toContain("must be verified");
  expect(within(newer).getByRole("button").textContent).toContain("Why not");
  within(older)
    .getByRole("button", { name: /Promote f0-alias/ })
    .click();
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ stage: "prod", promote: "f0", to: "prod" }),
  );
});

it("asks the server to look again, and does not offer what one may not do", async () => {
  const { asked } = answer(table);
  show(peek, "?stage=prod");
  (await screen.findByRole("button", { name: "Refresh" })).click();
  await waitFor(() =>
    expect(asked.map(({ request }) => request)).toContain("POST /projects/demo/stages/prod/refresh"),
  );
  const abort = await screen.findByRole("button", { name: "Abort" });
  await waitFor(() => expect(abort.getAttribute("aria-disabled")).toBe("true"));
  expect(abort.title).toBe("You may not abort promotions here");
});

it("resumes auto-promotion by promoting what the server names", async () => {
  const [cell] = prod.cells;
  const held = { ...prod, cells: cell === undefined ? [] : [{ ...cell, candidate: "f2" }] };
  answer({
    ...table,
    "GET /projects/demo/stages/prod/explain": {
      ...explanation,
      blocking: { code: "auto_promotion_hold", message: "held by ana", fix: "resume" },
    },
  });
  const router = show(() => <StagePeek project="demo" board={board({ stages: [held] })} />, "?stage=prod");
  (await screen.findByRole("button", { name: "Resume auto-promotion…" })).click();
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ stage: "prod", promote: "f2", to: "prod" }),
  );
});

it("says so when there is no such Stage", async () => {
  answer({});
  show(peek, "?stage=gone");
  expect((await screen.findByRole("dialog")).textContent).toContain("There is no Stage of this name in demo");
});
