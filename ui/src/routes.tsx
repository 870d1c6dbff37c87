// All routes.
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import BoardPage from "./pages/BoardPage";
import BrokenPage from "./pages/BrokenPage";
import FreightPage from "./pages/FreightPage";
import LoginPage from "./pages/LoginPage";
import NotFoundPage from "./pages/NotFoundPage";
import ProjectLayout from "./pages/ProjectLayout";
import ProjectsPage from "./pages/ProjectsPage";
import PromotionPage from "./pages/PromotionPage";
import PromotionsPage from "./pages/PromotionsPage";
import RootLayout from "./pages/RootLayout";
import { overlay } from "./paths";

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

const root = createRootRoute({ component: RootLayout });
const projects = createRoute({ getParentRoute: () => root, path: "/", component: ProjectsPage });
const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
  validateSearch: (search): { back?: string } => {
    const back = text(search.back);
    return back?.startsWith("/") && !back.startsWith("//") ? { back } : {};
  },
});
const project = createRoute({
  getParentRoute: () => root,
  path: "/p/$project",
  component: ProjectLayout,
  validateSearch: overlay,
});
const board = createRoute({ getParentRoute: () => project, path: "/", component: BoardPage });
const freight = createRoute({ getParentRoute: () => project, path: "/freight", component: FreightPage });
const promotions = createRoute({
  getParentRoute: () => project,
  path: "/promotions",
  component: PromotionsPage,
});
const promotion = createRoute({
  getParentRoute: () => project,
  path: "/promotions/$promotion",
  component: PromotionPage,
});

export const router = createRouter({
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: BrokenPage,
  routeTree: root.addChildren([
    projects,
    login,
    project.addChildren([board, freight, promotions, promotion]),
  ]),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
