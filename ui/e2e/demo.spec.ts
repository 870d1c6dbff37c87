// The demo as a user sees it: Freight arrives and moves, prod waits for a click, a promotion shows its steps.
import { expect, type Page, test } from "@playwright/test";
import { type Running, start } from "./kargo";
import { watchForFaults } from "./page";

let demo: Running;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  demo = await start(["demo", "--port", "0", "--every", "3600"], /board\s+(http:\S+)/);
});

test.afterAll(async () => {
  await demo.stop();
});

const row = (page: Page, stage: string) => page.locator(`[data-stage="${stage}"]`);

test("Freight arrives in test by itself, soaks, and moves to uat while the page is open", async ({
  page,
}) => {
  const faults = watchForFaults(page);
  await page.goto(demo.found);
  await expect(page.getByText("Live")).toBeVisible();
  await expect(page).toHaveTitle("kargo-demo · Kargo");
  await expect(row(page, "test")).toContainText("1.0.0");
  await expect(row(page, "prod")).toContainText('must be verified in "uat"');
  await expect(row(page, "uat").getByText("Ready")).toBeVisible();
  await expect(row(page, "uat")).toContainText("1.0.0");
  expect(faults).toEqual([]);
});

test("prod is promoted with a click, and the promotion shows its steps live", async ({ page }) => {
  await page.goto(demo.found);
  await row(page, "prod").getByRole("button", { name: "Promote to prod" }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText("Verified upstream");
  await expect(sheet).toContainText("kargo promote --project kargo-demo --stage prod");
  await sheet.getByRole("button", { name: "Promote to prod" }).click();
  await expect(page).toHaveURL(/\/promotions\/prod\./);
  await expect(page.locator('[data-step$="commit"]')).toHaveAttribute("data-status", "Succeeded");
  await expect(page.getByRole("button", { name: "Abort" })).toBeHidden();
  await expect(page.locator('[data-status="Succeeded"]')).toHaveCount(6);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("→ prod");
  await page.getByRole("link", { name: "Board" }).click();
  await expect(row(page, "prod")).toContainText("1.0.0");
});

test("a Stage opens beside the Board, and the panel follows what happens", async ({ page }) => {
  await page.goto(demo.found);
  await row(page, "uat").getByRole("button", { name: "uat", exact: true }).click();
  const panel = page.getByRole("dialog", { name: "uat" });
  await expect(panel).toContainText("soaks 20s");
  await expect(panel.getByRole("region", { name: "Last promotions" })).toContainText("Succeeded");
  await expect(panel.getByRole("region", { name: "Verification" })).toContainText("Successful");
  await expect(panel.getByRole("region", { name: "Conditions" })).toContainText("Healthy");
  await expect(page).toHaveURL(/\?stage=uat$/);
  await row(page, "prod").getByRole("button", { name: "prod", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "prod" })).toContainText("1.0.0");
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page).not.toHaveURL(/stage=/);
});
