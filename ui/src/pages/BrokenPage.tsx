// A page that could not be shown: a fault of ours, which must not take the others with it.
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button, Notice } from "../ui/primitives";

export default function BrokenPage({ error, reset }: ErrorComponentProps) {
  return (
    <Notice tone="bad" title="This page cannot be shown">
      <p className="m-0 mb-3 break-words">{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={reset}>Try again</Button>
    </Notice>
  );
}
