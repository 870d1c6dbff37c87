// With authentication on, nothing is shown before signing in.
import { expect, test } from "@playwright/test";
import { type Running, start } from "./kargo";
import { expectGoodPage } from "./page";

let kargo: Running;

test.beforeAll(async () => {
  kargo = await start(
    ["up", "--listen", "127.0.0.1:0"],
    /kargo is up at (http:\S+)[\s\S]*admin password: \S+/,
  );
});

test.afterAll(async () => {
  await kargo.stop();
});

test("a wrong password is refused, the right one lets in, and signing out ends it", async ({ page }) => {
  const password = /admin password: (\S+)/.exec(kargo.output())?.[1] ?? "";
  await page.goto(kargo.found);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeFocused();
  await page.getByLabel("Admin password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expectGoodPage(page);
  await page.getByLabel("Admin password").fill(password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("No projects yet")).toBeVisible();
  await expect(page.getByRole("banner")).toContainText("admin");
  await expectGoodPage(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto(kargo.found);
  await expect(page.getByText("You are not signed in")).toBeVisible();
});
