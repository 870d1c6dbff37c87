// Small parts without product words: buttons, badges, notices, text to copy.
import { type ComponentProps, type ReactNode, useState } from "react";
import { type Said, type Tone, toneText } from "./said";

export function Status({ said, children }: { said: Said; children?: ReactNode }) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${toneText[said.tone]}`}>
      <span aria-hidden="true" className={`w-3 text-center ${said.tone === "busy" ? "pulse" : ""}`}>
        {said.glyph}
      </span>
      {children ?? said.word}
    </span>
  );
}

type ButtonProps = ComponentProps<"button"> & {
  primary?: boolean;
  small?: boolean;
  /** Why it cannot be pressed. Such a button can still be focused, so that everybody can read the reason. */
  because?: string | undefined;
};

export function Button({
  primary = false,
  small = false,
  because,
  className = "",
  onClick,
  ...rest
}: ButtonProps) {
  const off = because !== undefined;
  const look = off
    ? "cursor-not-allowed border-line bg-page text-soft"
    : primary
      ? "cursor-pointer border-accent bg-accent text-accent-ink hover:brightness-110"
      : "cursor-pointer border-line bg-panel text-ink hover:border-soft";
  const size = small ? "min-h-6 px-2 py-0.5" : "px-3 py-1.5";
  return (
    <button
      type="button"
      className={`rounded border font-medium disabled:cursor-not-allowed disabled:border-line disabled:bg-page disabled:text-soft ${size} ${look} ${className}`}
      title={because}
      {...(off ? { "aria-disabled": true } : { onClick })}
      {...rest}
    />
  );
}

/** A button that does something that cannot be taken back: it says what, and asks once. */
export function ConfirmButton({
  label,
  question,
  yes,
  no,
  busy = false,
  because,
  onConfirm,
}: {
  label: string;
  question: ReactNode;
  yes: string;
  no: string;
  busy?: boolean;
  because?: string | undefined;
  onConfirm: () => void;
}) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <Button small because={because} disabled={busy} onClick={() => setAsking(true)}>
        {label}
      </Button>
    );
  }
  return (
    <fieldset className="m-0 flex w-full min-w-0 flex-wrap items-center gap-2 rounded border border-bad p-2">
      <legend className="sr-only">{label}</legend>
      <span className="min-w-0 basis-full">{question}</span>
      <Button
        small
        primary
        // The question has just appeared where the button was: the answer is the next thing to press.
        ref={(button) => button?.focus()}
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {yes}
      </Button>
      <Button small onClick={() => setAsking(false)}>
        {no}
      </Button>
    </fieldset>
  );
}

export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ReactNode }) {
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      className="mx-auto my-10 max-w-xl rounded border border-line bg-panel p-6"
    >
      <p className={`m-0 text-base font-semibold ${toneText[tone]}`}>{title}</p>
      {children !== undefined && <div className="mt-2 text-soft">{children}</div>}
    </div>
  );
}

export function Problem({ error }: { error: Error | null }) {
  return error === null ? null : (
    <p role="alert" className="my-2 break-words text-bad">
      {error.message}
    </p>
  );
}

/** Text that can be copied with one click, such as a command. */
export function Copyable({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="flex items-center gap-2 rounded border border-line bg-page px-2 py-1.5">
      <code className="min-w-0 flex-1 break-all font-mono text-xs">{text}</code>
      <Button
        small
        className="text-xs"
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      >
        {copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
