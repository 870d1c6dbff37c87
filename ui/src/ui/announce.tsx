// Short messages about what a key or a button just did: seen for a moment, and read aloud.
import { create } from "zustand";

const SHOWN_MS = 5_000;
const useMessage = create<{ text: string }>(() => ({ text: "" }));
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string) {
  useMessage.setState({ text });
  clearTimeout(timer);
  timer = setTimeout(() => useMessage.setState({ text: "" }), SHOWN_MS);
}

export function Announcements() {
  const { text } = useMessage();
  return (
    <div aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-4 z-30 flex justify-center">
      {text !== "" && (
        <span className="rounded border border-line bg-ink px-3 py-2 text-page shadow-lg">{text}</span>
      )}
    </div>
  );
}
