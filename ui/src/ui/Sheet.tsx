// What lies over or beside the page: a sheet that takes over, a panel that leaves the page usable, a dialog.
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";
import { Button } from "./primitives";

interface Props {
  title: ReactNode;
  close: () => void;
  children: ReactNode;
}

const side = "m-0 ml-auto h-dvh max-h-none w-full border-l border-line bg-panel p-0 text-ink";
const looks = {
  sheet: `${side} max-w-xl`,
  panel: `${side} fixed inset-y-0 right-0 left-auto z-20 max-w-[30rem] overflow-y-auto overscroll-contain shadow-2xl`,
  dialog:
    "m-auto max-h-[calc(100dvh-2rem)] w-[calc(100%-2rem)] max-w-2xl rounded border border-line bg-panel p-0 text-ink",
};

/** Escape, a click beside it and the close button close it; the focus goes back to where it was. */
export const Sheet = (props: Props) => <Layer kind="sheet" {...props} />;

/** Beside the page. On narrow screens it covers the page, so there it takes over like a sheet. */
export const Panel = (props: Props) => <Layer kind="panel" {...props} />;

export const Dialog = (props: Props) => <Layer kind="dialog" {...props} />;

function Layer({ kind, title, close, children }: Props & { kind: keyof typeof looks }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = `${kind}-title`;
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (kind === "panel" && matchMedia("(min-width: 64rem)").matches) {
      element?.show();
    } else {
      element?.showModal();
    }
    heading.current?.focus();
    return () => {
      const inside = element?.contains(document.activeElement) === true;
      element?.close();
      // A layer that goes because the address changed gives the focus back as well, or to the new page.
      if (inside) {
        const there = before instanceof HTMLElement && before.isConnected && before !== document.body;
        (there ? before : document.querySelector("h1"))?.focus();
      }
    };
  }, [kind]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && dialog.current?.matches(":modal") === false) {
      dialog.current.close();
    }
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={looks[kind]}
      // Opening again, as React does while developing, is not closing.
      onClose={(event) => !event.currentTarget.open && close()}
      onKeyDown={onKeyDown}
      onClick={(event) =>
        event.target === dialog.current && dialog.current.matches(":modal") && dialog.current.close()
      }
    >
      <div className="flex min-h-full flex-col p-4 sm:p-5">
        <div className="mb-3 flex items-start justify-between gap-4">
          <h2
            id={id}
            ref={heading}
            tabIndex={-1}
            className="m-0 min-w-0 break-words text-lg font-semibold outline-none"
          >
            {title}
          </h2>
          <Button onClick={() => dialog.current?.close()} aria-label="Close">
            ✕
          </Button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
