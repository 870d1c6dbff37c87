// Each page with awkward content, by keyboard, by link, in both themes and on a phone.
import { expect, type Page, test } from "@playwright/test";
import { apply, type Running, start } from "./kargo";
import { expectGoodPage, watchForFaults } from "./page";
import { freight, shop } from "./shop";

let kargo: Running;
let url: string;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  kargo = await start(["up", "--no-auth", "--listen", "127.0.0.1:0"], /kargo is up at (http:\S+)/);
  url = `${kargo.found.replace(/\/$/, "")}/p/shop`;
  apply(kargo, [...shop, freight("1.0.0", "calm-owl")]);
});

test.afterAll(async () => {
  await kargo.stop();
});

const row = (page: Page, stage: string) => page.locator(`[data-stage="${stage}"]`);

test("a Stage is promoted by keyboard only, from the Board to the finished promotion", async ({ page }) => {
  const faults = watchForFaults(page);
  await page.goto(url);
  await expect(row(page, "test")).toContainText("1.0.0");
  // The skip link is the first thing Tab reaches.
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  const cell = (stage: string, column: number) => row(page, stage).locator("[data-cell]").nth(column);
  const focused = page.locator("[data-cell]:focus");
  for (let presses = 0; presses < 10 && (await focused.count()) === 0; presses++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await expect(row(page, "prod").locator("[data-cell]:focus")).toBeVisible();
  await page.keyboard.press("ArrowUp");
  await expect(cell("test", 1)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "test" })).toContainText("straight from the Warehouse");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(cell("test", 1)).toBeFocused();
  await page.keyboard.press("p");
  const sheet = page.getByRole("dialog", { name: "Promote calm-owl to test" });
  const promote = sheet.getByRole("button", { name: "Promote to test" });
  await expect(promote).toBeEnabled();
  const onButton = () => promote.evaluate((button) => button === document.activeElement);
  for (let presses = 0; presses < 10 && !(await onButton()); presses++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/promotions\/test\./);
  const heading = page.getByRole("heading", { level: 1, name: "calm-owl → test" });
  await expect(heading).toBeFocused();
  await expect(page).toHaveTitle("calm-owl → test, succeeded · Kargo");
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await expect(page.getByRole("heading", { level: 1, name: "Board of shop" })).toBeFocused();
  await expect(row(page, "test")).toContainText("1.0.0");
  expect(faults).toEqual([]);
});

test("all keys are listed, and can be turned off", async ({ page }) => {
  await page.goto(url);
  await expect(row(page, "test")).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await expect(help).toContainText("Promote to the Stage the newest Freight it may take");
  await expectGoodPage(page);
  await help.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await expect(page).not.toHaveURL(/freight/);
  await expect(help).toBeHidden();
});

test("what a Stage may not take can be approved where the server allows it", async ({ page }) => {
  apply(kargo, [freight("1.1.0", "dry-elk")]);
  await page.goto(`${url}/freight?freight=dry-elk`);
  const piece = page.locator('[data-freight="dry-elk"]');
  await expect(piece).toContainText("by Ada <ada@example.com>");
  await expect(piece.getByRole("link", { name: "Show the commit" })).toHaveAttribute(
    "href",
    /^https:\/\/github\.invalid\/acme\/config\/commit\/0123456789/,
  );
  await expect(piece).toContainText("sha256:1100");
  const move = piece.locator('[data-move="prod"]');
  await expect(move).toContainText('must be verified in "test"');
  await expectGoodPage(page);
  await move.getByRole("button", { name: "Approve for prod…" }).click();
  await expect(move).toContainText("dry-elk may then go to prod although");
  await page.keyboard.press("Enter");
  await expect(move).toContainText("may go there now");
  await move.getByRole("button", { name: "Promote" }).click();
  const sheet = page.getByRole("dialog", { name: "Promote dry-elk to prod" });
  await expect(sheet).toContainText("Approved for this Stage");
  await expectGoodPage(page);
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(page).toHaveURL(/\/freight\?freight=/);
});

test("links open what lies over the page, also on a phone", async ({ page }) => {
  await page.goto(`${url}?stage=prod`);
  const panel = page.getByRole("dialog", { name: "prod" });
  await expect(panel).toContainText("It runs nothing yet");
  await expect(panel.getByRole("button", { name: "Promote dry-elk" })).toBeVisible();
  await expectGoodPage(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.reload();
  await expect(panel).toContainText("after test");
  await expectGoodPage(page);
  await page.goto(`${url}?stage=nowhere`);
  await expect(page.getByRole("dialog")).toContainText("There is no Stage of this name");
  await page.goto(`${url}?stage=prod&promote=dry-elk&to=prod`);
  await expect(page.getByRole("dialog", { name: "Promote dry-elk to prod" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\?stage=prod$/);
});

test("the page stays where it is when something opens over it", async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 300 });
  await page.goto(url);
  const open = row(page, "prod").getByRole("button", { name: "prod", exact: true });
  await open.scrollIntoViewIfNeeded();
  const scrolled = () => page.evaluate(() => window.scrollY);
  await expect.poll(scrolled).toBeGreaterThan(0);
  const before = await scrolled();
  await open.click();
  await expect(page.getByRole("dialog", { name: "prod" })).toContainText("after test");
  expect(await scrolled()).toBe(before);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/stage=/);
  expect(await scrolled()).toBe(before);
});

test("a failed promotion says what failed, and is a key away from being repeated", async ({ page }) => {
  await page.goto(`${url}?promote=calm-owl&to=broken`);
  await page.getByRole("dialog").getByRole("button", { name: "Promote to broken" }).click();
  await expect(page.locator('[data-step="no"]')).toHaveAttribute("data-status", "Failed");
  await expect(page.locator('[data-step="no"]')).toContainText("the change advisory board said no");
  await expect(page.getByRole("button", { name: "Promote again…" })).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole("link", { name: "Promotions" }).click();
  await expect(page.getByRole("list", { name: "Promotions" })).toContainText("said no");
  await expectGoodPage(page);
  await page.getByRole("link", { name: "Board" }).click();
  await expect(page).toHaveTitle("(1 failed) shop · Kargo");
  await expect(row(page, "broken")).toContainText("said no");
  await expectGoodPage(page);
});

test("a server that goes away and returns: the page says so, and goes on", async ({ page }) => {
  await page.goto(url);
  await expect(page.getByText("Live")).toBeVisible();
  const { host } = new URL(kargo.found);
  await kargo.kill();
  await expect(page.getByText("Reconnecting")).toBeVisible();
  await expect(page.getByText("What you see may be out of date")).toBeVisible();
  await expect(row(page, "test")).toContainText("1.0.0");
  await expectGoodPage(page);
  // Nobody is there yet, which the page must survive.
  await page.getByRole("button", { name: "Try now" }).click();
  kargo = await start(["up", "--no-auth", "--listen", host], /kargo is up at (http:\S+)/, kargo.home);
  await expect(page.getByText("Live")).toBeVisible();
  await expect(page.getByText("What you see may be out of date")).toBeHidden();
  apply(kargo, [freight("1.2.0", "wise-fox")]);
  await expect(row(page, "test")).toContainText("1.2.0");
});

test("an address that leads nowhere says so", async ({ page }) => {
  await page.goto(`${url}/nothing/here`);
  await expect(page.getByText("There is no page at this address")).toBeVisible();
  await page.goto(`${kargo.found.replace(/\/$/, "")}/p/not-there`);
  await expect(page.getByRole("alert")).toContainText("not-there");
});
