// The demo as a user sees it: Freight arrives and moves, prod waits for a click, a promotion shows its steps.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page, test } from "@playwright/test";
import { type Running, start } from "./kargo";

let demo: Running;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  demo = await start(["demo", "--port", "0", "--every", "3600"], /board\s+(http:\S+)/);
});

test.afterAll(async () => {
  await demo.stop();
});

const row = (page: Page, stage: string) => page.locator(`[data-stage="${stage}"]`);

/** Serious findings of axe on the page as it is. */
async function accessibility(page: Page) {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

test("Freight arrives in test by itself, soaks, and moves to uat while the page is open", async ({
  page,
}) => {
  await page.goto(demo.found);
  await expect(page.getByText("Live")).toBeVisible();
  await expect(row(page, "test")).toContainText("1.0.0");
  await expect(row(page, "prod")).toContainText('must be verified in "uat"');
  await expect(row(page, "uat").getByText("Ready")).toBeVisible();
  await expect(row(page, "uat")).toContainText("1.0.0");
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

test("everything can be reached by keyboard", async ({ page }) => {
  await page.goto(`${demo.found}/freight`);
  const promote = page.getByRole("button", { name: "Promote…" }).first();
  await expect(promote).toBeVisible();
  await promote.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page).toHaveURL(/\/freight$/);
});

test("the page is accessible in light and dark, and fits a phone", async ({ page }) => {
  await page.goto(demo.found);
  await expect(row(page, "prod")).toBeVisible();
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await expect(page.locator("html")).toHaveAttribute("data-theme", scheme);
    expect(await accessibility(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  await expect(row(page, "prod")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});
