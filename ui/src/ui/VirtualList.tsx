// A list of any length: short ones are there as a whole, of long ones only what is near the window.
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** Up to here everything is rendered, so that the browser's own search finds all of it. */
const WHOLE = 60;

interface Props<T> {
  label: string;
  rows: T[];
  rowKey: (row: T) => string;
  /** Height of a row that was not measured yet. */
  estimate: number;
  children: (row: T, index: number) => ReactNode;
}

const frame = "m-0 list-none border border-line bg-panel p-0";
const line = "border-b border-line last:border-b-0";

export function VirtualList<T>(props: Props<T>) {
  const { label, rows, rowKey, children } = props;
  if (rows.length > WHOLE) {
    return <Windowed {...props} />;
  }
  return (
    <ul aria-label={label} className={frame}>
      {rows.map((row, index) => (
        <li key={rowKey(row)} className={line}>
          {children(row, index)}
        </li>
      ))}
    </ul>
  );
}

function Windowed<T>({ label, rows, rowKey, estimate, children }: Props<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () =>
      setTop((list.current?.getBoundingClientRect().top ?? 0) + Math.round(window.scrollY));
    measure();
    // What is above the list may change its height.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => estimate,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
  });
  const [first] = rows;
  const before = useRef(first);
  useLayoutEffect(() => {
    // What comes in above must not move what is being read.
    const last = before.current;
    before.current = first;
    const added = last === undefined ? 0 : rows.findIndex((row) => rowKey(row) === rowKey(last));
    if (added > 0 && window.scrollY > top) {
      window.scrollBy(0, added * estimate);
    }
  }, [first, rows, rowKey, estimate, top]);
  return (
    <ul
      ref={list}
      aria-label={label}
      className={`${frame} relative`}
      style={{ height: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map((item) => {
        const row = rows[item.index];
        return row === undefined ? null : (
          <li
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            aria-setsize={rows.length}
            aria-posinset={item.index + 1}
            className={`${line} absolute inset-x-0 top-0`}
            style={{ transform: `translateY(${item.start - top}px)` }}
          >
            {children(row, item.index)}
          </li>
        );
      })}
    </ul>
  );
}
