// The heading of a page: names the browser's tab, and takes the focus when one comes from another page.
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** The page that was shown last; nothing before the first, whose focus is left at the top. */
let shown: string | undefined;
let moved = false;

export function Heading({
  title,
  hidden = false,
  children,
}: {
  title: string;
  hidden?: boolean;
  children?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The address when this page began: it changes before the page it belongs to goes.
  const [path] = useState(() => location.pathname);
  useLayoutEffect(() => {
    const other = shown !== undefined && shown !== path;
    moved ||= other;
    // A heading may take the place of the one that had the focus, when the page has loaded.
    if (other || (moved && document.activeElement === document.body)) {
      heading.current?.focus();
    }
    shown = path;
  }, [path]);
  useLayoutEffect(() => {
    document.title = title === "" ? "Kargo" : `${title} · Kargo`;
  }, [title]);
  return (
    <h1
      ref={heading}
      tabIndex={-1}
      className={hidden ? "sr-only" : "m-0 min-w-0 break-words text-lg font-semibold outline-none"}
    >
      {children ?? title}
    </h1>
  );
}
