import { expect, it } from "vitest";
import { paths } from "./paths";

it("keeps its addresses: people have bookmarks", () => {
  expect(paths).toMatchInlineSnapshot(`
    {
      "board": "/p/$project",
      "freight": "/p/$project/freight",
      "login": "/login",
      "projects": "/",
      "promotion": "/p/$project/promotions/$promotion",
      "promotions": "/p/$project/promotions",
    }
  `);
});
