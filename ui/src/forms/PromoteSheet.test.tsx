import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { EligibilityPair } from "../api/types";
import { answer, board, NOW, prod, show } from "../testing";
import { PromoteSheet } from "./PromoteSheet";

afterEach(cleanup);

const pair: EligibilityPair = {
  stage: "prod",
  freight: "f2",
  allowed: true,
  available: true,
  grounds: "upstream",
  permitted: true,
  current: false,
  changes: [
    {
      change: "changed",
      from: { kind: "image", name: "api", repository: "r", version: "1.0.0" },
      to: { kind: "image", name: "api", repository: "r", version: "2.0.0" },
    },
  ],
};
const table = (changes: Partial<EligibilityPair>, more: Record<string, unknown> = {}) => ({
  "GET /projects/demo/ui/eligibility": { serverTime: NOW, pairs: [{ ...pair, ...changes }] },
  "GET /projects/demo/ui/permissions": { promote: ["prod"], approveFreight: true },
  "POST /projects/demo/stages/prod/promotions": { metadata: { name: "prod.1" }, spec: { stage: "prod" } },
  ...more,
});
const sheet = () => <PromoteSheet project="demo" board={board()} />;

it("shows the ground, what changes and the command, and promotes", async () => {
  const { asked } = answer(table({}));
  const router = show(sheet, "?promote=f2&to=prod");
  const dialog = await screen.findByRole("dialog", { name: "Promote f2-alias to prod" });
  const button = await within(dialog).findByRole("button", { name: "Promote to prod" });
  expect(dialog.textContent).toContain("Verified upstream");
  expect(within(dialog).getByRole("row", { name: /api 1.0.0 2.0.0 changes/ })).toBeDefined();
  expect(dialog.textContent).toContain("kargo promote --project demo --stage prod --freight f2");
  button.click();
  await waitFor(() => expect(router.state.location.pathname).toBe("/p/demo/promotions/prod.1"));
  expect(asked.find(({ request }) => request.startsWith("POST"))?.body).toEqual({ freight: "f2" });
});

it("cannot be pressed when the server says no, and says why", async () => {
  const { asked } = answer(
    table({
      allowed: false,
      permitted: false,
      because: [{ code: "rbac_denied", message: 'you need the verb "promote"' }],
    }),
  );
  show(sheet, "?promote=f2&to=prod");
  const button = await screen.findByRole("button", { name: "Promote to prod" });
  expect(button.getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByText(/you need the verb/)).toBeDefined();
  button.click();
  expect(asked.some(({ request }) => request.startsWith("POST"))).toBe(false);
  expect(screen.queryByRole("button", { name: /Approve/ })).toBeNull();
});

it("offers to approve only as the answer to a reason that approval answers, and asks first", async () => {
  const { asked } = answer(
    table(
      {
        allowed: false,
        available: false,
        because: [{ code: "soaking", message: "it soaks", fix: "approve" }],
      },
      { "POST /projects/demo/freight/f2/approve": {} },
    ),
  );
  show(sheet, "?promote=f2&to=prod");
  (await screen.findByRole("button", { name: "Approve for prod…" })).click();
  const yes = await screen.findByRole("button", { name: "Approve f2-alias" });
  expect(screen.getByText(/may then go to prod although: it soaks/)).toBeDefined();
  expect(asked.some(({ request }) => request.startsWith("POST"))).toBe(false);
  yes.click();
  await waitFor(() =>
    expect(asked.map(({ request }) => request)).toContain("POST /projects/demo/freight/f2/approve"),
  );
});

it("shows what the server answers when it refuses after all", async () => {
  answer(table({}, { "POST /projects/demo/stages/prod/promotions": undefined }));
  show(sheet, "?promote=f2&to=prod");
  (await screen.findByRole("button", { name: "Promote to prod" })).click();
  expect((await screen.findByRole("alert")).textContent).toContain("nothing for POST");
});

it("without a Stage offers all that ask for it, those that may take it first", async () => {
  const pairs = [
    { ...pair, stage: "test", allowed: false, available: false },
    { ...pair, stage: "prod" },
  ];
  answer({ ...table({}), "GET /projects/demo/ui/eligibility": { serverTime: NOW, pairs } });
  const stages = [{ ...prod, name: "test", rank: 0 }, prod];
  show(() => <PromoteSheet project="demo" board={board({ stages })} />, "?promote=f2");
  await screen.findByRole("button", { name: "Promote to prod" });
  const headings = screen.getAllByRole("heading", { level: 3 }).map((heading) => heading.textContent);
  expect(headings).toEqual(["prod", "test"]);
});
