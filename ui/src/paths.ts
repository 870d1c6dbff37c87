// Every address of the UI, in one place.
export const paths = {
  projects: "/",
  login: "/login",
  board: "/p/$project",
  freight: "/p/$project/freight",
  promotions: "/p/$project/promotions",
  promotion: "/p/$project/promotions/$promotion",
} as const;
