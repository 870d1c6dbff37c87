import { expect, it } from "vitest";
import { overlay, paths } from "./paths";

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

it("takes what lies over the page from the address, and nothing else", () => {
  expect(overlay({ stage: "prod", promote: "f1", to: "", other: "x", freight: 7 })).toEqual({
    stage: "prod",
    promote: "f1",
    freight: "7",
  });
});
