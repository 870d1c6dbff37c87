// Every address of the UI, in one place.
export const paths = {
  projects: "/",
  login: "/login",
  board: "/p/$project",
  freight: "/p/$project/freight",
  promotions: "/p/$project/promotions",
  promotion: "/p/$project/promotions/$promotion",
} as const;

/** What may lie over a Project's pages, kept in the address so that it can be shared and reloaded. */
export interface Overlay {
  /** The Stage beside the page. */
  stage?: string;
  /** The Freight that is promoted, and where to; without `to`, anywhere. */
  promote?: string;
  to?: string;
  /** The piece of Freight whose details are open. */
  freight?: string;
}

export function overlay(search: Record<string, unknown>): Overlay {
  const found: Overlay = {};
  for (const key of ["stage", "promote", "to", "freight"] as const) {
    const value = search[key];
    if (typeof value === "string" && value !== "") {
      found[key] = value;
    } else if (typeof value === "number") {
      // A name made of digits only, which the router takes for a number.
      found[key] = String(value);
    }
  }
  return found;
}
