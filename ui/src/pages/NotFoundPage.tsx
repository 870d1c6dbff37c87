// An address that leads nowhere.
import { Link } from "@tanstack/react-router";
import { Heading } from "../ui/Heading";
import { Notice } from "../ui/primitives";

export default function NotFoundPage() {
  return (
    <>
      <Heading title="Nothing here" hidden />
      <Notice tone="quiet" title="There is no page at this address">
        <Link to="/" className="text-accent">
          All projects
        </Link>
      </Notice>
    </>
  );
}
