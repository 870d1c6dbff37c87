// Small parts without product words: buttons, badges, notices, dialogs.
import { type ComponentProps, type ReactNode, useEffect, useRef } from "react";
import type { Said, Tone } from "../pipeline/words";

const tones: Record<Tone, string> = {
  good: "text-good",
  bad: "text-bad",
  busy: "text-busy",
  waiting: "text-waiting",
  quiet: "text-soft",
};

export function Status({ said, children }: { said: Said; children?: ReactNode }) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${tones[said.tone]}`}>
      <span aria-hidden="true" className={`w-3 text-center ${said.tone === "busy" ? "pulse" : ""}`}>
        {said.glyph}
      </span>
      {children ?? said.word}
    </span>
  );
}

export function Button({
  primary = false,
  className = "",
  ...rest
}: ComponentProps<"button"> & { primary?: boolean }) {
  const look = primary
    ? "bg-accent text-accent-ink border-accent hover:brightness-110"
    : "bg-panel text-ink border-line hover:border-soft";
  return (
    <button
      type="button"
      className={`cursor-pointer rounded border px-3 py-1.5 font-medium disabled:cursor-not-allowed disabled:border-line disabled:bg-page disabled:text-soft ${look} ${className}`}
      {...rest}
    />
  );
}

export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ReactNode }) {
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      className="mx-auto my-10 max-w-xl rounded border border-line bg-panel p-6"
    >
      <p className={`m-0 text-base font-semibold ${tones[tone]}`}>{title}</p>
      {children !== undefined && <div className="mt-2 text-soft">{children}</div>}
    </div>
  );
}

/** A sheet over the page. Escape, a click beside it and the close button close it. */
export function Sheet({
  title,
  close,
  children,
}: {
  title: ReactNode;
  close: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="sheet-title"
      onClose={close}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
      className="m-0 ml-auto h-dvh max-h-none w-full max-w-xl border-l border-line bg-panel p-0 text-ink"
    >
      <div className="flex min-h-full flex-col p-5">
        <div className="mb-4 flex items-start justify-between gap-4">
          <h2 id="sheet-title" className="m-0 text-lg font-semibold">
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

/** Text that can be copied with one click, such as a command. */
export function Copyable({ text }: { text: string }) {
  return (
    <div className="flex items-center gap-2 rounded border border-line bg-page px-2 py-1.5">
      <code className="min-w-0 flex-1 break-all font-mono text-xs">{text}</code>
      <Button className="!px-2 !py-0.5 text-xs" onClick={() => void navigator.clipboard.writeText(text)}>
        Copy
      </Button>
    </div>
  );
}
