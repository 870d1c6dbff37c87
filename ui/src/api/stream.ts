// The live Board of one Project: a snapshot, then a stream that resumes where it was cut.
import { create } from "zustand";
import { applyPatch, type BoardState, fromSnapshot } from "./board-state";
import { ApiError, api, streamUrl } from "./client";
import { clock } from "./clock";
import type { Board, BoardPatch } from "./types";

export type Connection =
  | { kind: "loading" }
  | { kind: "live" }
  | { kind: "reconnecting"; since: number }
  | { kind: "failed"; error: ApiError };

interface Live {
  board: BoardState | null;
  connection: Connection;
  /** When the server was last heard of, by this browser's clock. */
  heardAt: number;
}

export const useLive = create<Live>(() => ({ board: null, connection: { kind: "loading" }, heardAt: 0 }));

/** The server sends a ping every few seconds; silence for this long means the line is dead though open. */
const SILENCE_MS = 35_000;
/** A server that is there says so as soon as it is connected; without this a connection might hang for ever. */
const CONNECT_MS = 15_000;
const FIRST_RETRY_MS = 500;
const SLOWEST_RETRY_MS = 10_000;

/** Asks again at once rather than when it is time to. Does nothing while the line is up. */
let again = () => {};
export const retryNow = () => again();

/** Follows a Project until the returned function is called. */
export function follow(project: string): () => void {
  let stopped = false;
  let source: EventSource | null = null;
  let retry = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  const heard = (serverTime?: string) => {
    if (serverTime !== undefined) {
      clock.observe(serverTime);
    }
    retry = FIRST_RETRY_MS;
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, SILENCE_MS);
    useLive.setState({ heardAt: Date.now(), connection: { kind: "live" } });
  };

  const lost = () => {
    source?.close();
    source = null;
    clearTimeout(watchdog);
    if (stopped) {
      return;
    }
    useLive.setState((live) =>
      live.connection.kind === "reconnecting"
        ? live
        : { connection: { kind: "reconnecting", since: live.heardAt } },
    );
    clearTimeout(timer);
    timer = setTimeout(resume, retry);
    retry = Math.min(retry * 2, SLOWEST_RETRY_MS);
  };

  const resume = () => {
    const cursor = useLive.getState().board?.cursor;
    if (cursor === undefined) {
      void load();
    } else {
      listen(cursor);
    }
  };

  const load = async () => {
    try {
      const board = await api.board(project);
      if (!stopped) {
        useLive.setState({ board: fromSnapshot(board, useLive.getState().board) });
        heard(board.serverTime);
        listen(board.cursor);
      }
    } catch (error) {
      if (!stopped) {
        failed(error);
      }
    }
  };

  const failed = (error: unknown) => {
    // What trying again cannot cure is shown; the rest is tried again.
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
      useLive.setState({ connection: { kind: "failed", error } });
    } else {
      lost();
    }
  };

  const listen = (cursor: string) => {
    const opened = new EventSource(streamUrl(project, cursor));
    source = opened;
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, CONNECT_MS);
    const on = (name: string, handle: (data: unknown, id: string) => void) =>
      opened.addEventListener(name, (event) => {
        const { data, lastEventId } = event as MessageEvent<string>;
        handle(data === "" ? {} : JSON.parse(data), lastEventId);
      });
    on("snapshot", (data) => {
      const board = data as Board;
      useLive.setState({ board: fromSnapshot(board, useLive.getState().board) });
      heard(board.serverTime);
    });
    on("patch", (data, id) => {
      const patch = data as BoardPatch;
      useLive.setState((live) => (live.board === null ? live : { board: applyPatch(live.board, patch, id) }));
      heard(patch.serverTime);
    });
    on("ping", (data) => heard((data as { serverTime: string }).serverTime));
    on("reset", () => {
      useLive.setState((live) => (live.board === null ? live : { board: { ...live.board, cursor: "" } }));
    });
    on("gone", () => {
      failed(new ApiError(404, `Project ${project} no longer exists.`));
      opened.close();
    });
    opened.onerror = () => {
      // A session that ended cannot be told from a lost line here; the snapshot request tells.
      opened.close();
      if (source === opened) {
        source = null;
        void api
          .session()
          .then(lost, (error) =>
            error instanceof ApiError && error.status === 401 ? failed(error) : lost(),
          );
      }
    };
  };

  const now = () => {
    if (!stopped && useLive.getState().connection.kind === "reconnecting" && source === null) {
      clearTimeout(timer);
      retry = FIRST_RETRY_MS;
      resume();
    }
  };
  again = now;
  // A computer that wakes up, or is online again, need not wait for its turn.
  const wakes = () => document.visibilityState === "visible" && now();
  window.addEventListener("online", now);
  document.addEventListener("visibilitychange", wakes);

  useLive.setState({ board: null, connection: { kind: "loading" }, heardAt: 0 });
  void load();
  return () => {
    stopped = true;
    window.removeEventListener("online", now);
    document.removeEventListener("visibilitychange", wakes);
    source?.close();
    clearTimeout(timer);
    clearTimeout(watchdog);
  };
}
