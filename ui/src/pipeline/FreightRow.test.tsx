import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { EligibilityPair } from "../api/types";
import { answer, NOW, piece, show } from "../testing";
import { FreightRow } from "./FreightRow";

afterEach(cleanup);

const no: EligibilityPair = {
  stage: "prod",
  freight: "f2",
  allowed: false,
  available: false,
  permitted: true,
  current: false,
  because: [{ code: "not_verified", message: "must be verified in uat", fix: "approve" }],
  changes: [],
};
const yes: EligibilityPair = {
  ...no,
  stage: "uat",
  allowed: true,
  available: true,
  grounds: "upstream",
  because: [],
};
const here: EligibilityPair = { ...yes, stage: "test", current: true };

const row = () => (
  <FreightRow
    project="demo"
    piece={{ ...piece("f2", "2.0.0"), currentIn: ["test"] }}
    names={["f2"]}
    index={0}
    takers={["test", "uat", "prod"].map((stage) => ({ stage, candidate: "f2" }))}
    revision={1}
  />
);
const server = () =>
  answer({
    "GET /projects/demo/ui/eligibility": { serverTime: NOW, pairs: [no, yes, here] },
    "GET /projects/demo/ui/permissions": { promote: [], approveFreight: false },
  });

it("names the next Stage it may go to, and why not further", async () => {
  server();
  const router = show(row);
  const promote = await screen.findByRole("button", { name: /Promote f2-alias to uat/ });
  expect(document.body.textContent).toContain("prod: ◷ must be verified in uat");
  expect(document.body.textContent).toContain("● runs in test");
  promote.click();
  await waitFor(() => expect(router.state.location.search).toEqual({ promote: "f2", to: "uat" }));
});

it("opened shows every Stage in the order of the pipeline, and approves only with the right to", async () => {
  server();
  show(row, "?freight=f2");
  const where = await screen.findByRole("region", { name: "Where it may go" });
  const items = await within(where).findAllByRole("listitem");
  const stages = items.map((item) => item.getAttribute("data-move")).filter((stage) => stage !== null);
  expect(stages).toEqual(["test", "uat", "prod"]);
  const approve = within(where).getByRole("button", { name: "Approve for prod…" });
  await waitFor(() => expect(approve.getAttribute("aria-disabled")).toBe("true"));
  expect(approve.title).toBe("You may not approve Freight for prod");
});
