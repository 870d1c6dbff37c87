// Text that may be long, such as what a server of somebody else answered: a few lines, the rest on demand.
import { useLayoutEffect, useRef, useState } from "react";

export function LongText({ text, className = "" }: { text: string; className?: string }) {
  const paragraph = useRef<HTMLParagraphElement>(null);
  const [open, setOpen] = useState(false);
  const [long, setLong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other text may be shorter.
  useLayoutEffect(() => {
    const element = paragraph.current;
    setLong(element !== null && (open || element.scrollHeight > element.clientHeight + 1));
  }, [text, open]);
  return (
    <div className="min-w-0">
      <p ref={paragraph} className={`m-0 break-words ${open ? "" : "line-clamp-3"} ${className}`}>
        {text}
      </p>
      {long && (
        <button
          type="button"
          aria-expanded={open}
          className="min-h-6 cursor-pointer border-0 bg-transparent p-0 text-accent underline"
          onClick={() => setOpen(!open)}
        >
          {open ? "Show less" : "Show all"}
        </button>
      )}
    </div>
  );
}
