// With authentication on, nothing is shown before signing in.
import { expect, test } from "@playwright/test";
import { type Running, start } from "./kargo";

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

test("a wrong password is refused, the right one lets in", async ({ page }) => {
  const password = /admin password: (\S+)/.exec(kargo.output())?.[1] ?? "";
  await page.goto(kargo.found);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Admin password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Admin password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("No projects yet")).toBeVisible();
});
