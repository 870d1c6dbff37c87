// The server's clock: countdowns must not depend on whether this computer's clock is right.
import { useSyncExternalStore } from "react";

let offset = 0;
const listeners = new Set<() => void>();
let second = Math.floor(Date.now() / 1000);
let timer: ReturnType<typeof setInterval> | undefined;

export const clock = {
  observe(serverTime: string) {
    const at = Date.parse(serverTime);
    if (!Number.isNaN(at)) {
      offset = at - Date.now();
      second = Math.floor(clock.now() / 1000);
    }
  },
  now: () => Date.now() + offset,
};

function subscribe(listener: () => void) {
  listeners.add(listener);
  // Nobody may have listened for a while.
  second = Math.floor(clock.now() / 1000);
  timer ??= setInterval(() => {
    second = Math.floor(clock.now() / 1000);
    for (const notify of listeners) {
      notify();
    }
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The server's time in milliseconds, to the second; whatever uses it renders once a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second) * 1000;
}
