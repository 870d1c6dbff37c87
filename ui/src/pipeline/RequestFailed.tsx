// What to show when a request failed: what happened, and the way on.
import { Link } from "@tanstack/react-router";
import { ApiError } from "../api/client";
import { Notice } from "../ui/primitives";

export function RequestFailed({ error }: { error: Error }) {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401) {
    return (
      <Notice tone="waiting" title="You are not signed in">
        <Link to="/login" search={{ back: location.pathname + location.search }} className="text-accent">
          Sign in
        </Link>
      </Notice>
    );
  }
  const title =
    status === 403 ? "You may not see this" : status === 404 ? "There is no such thing" : "This did not work";
  return (
    <Notice tone="bad" title={title}>
      <p className="m-0">{error.message}</p>
      <p className="mb-0">
        <Link to="/" className="text-accent">
          All projects
        </Link>
      </p>
    </Notice>
  );
}
