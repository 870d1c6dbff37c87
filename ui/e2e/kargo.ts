// Starts the real binary for a test and stops it afterwards.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.KARGO_BIN ?? join(import.meta.dirname, "../../target/debug/kargo");

export interface Running {
  /** What the pattern's first group matched in the output. */
  found: string;
  output: () => string;
  stop: () => Promise<void>;
}

/** Runs `kargo` with these arguments until its output matches `ready`. */
export async function start(args: string[], ready: RegExp): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), "kargo-e2e-"));
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_DATA_HOME: join(home, "data"),
    XDG_CONFIG_HOME: join(home, "config"),
  };
  const child = spawn(BINARY, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const found = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const match = ready.exec(text);
      if (match !== null) {
        resolve(match[1] ?? match[0]);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`kargo ended with ${code}:\n${text}`)));
  });
  return { found, output: () => text, stop: () => stop(child, home) };
}

async function stop(child: ChildProcess, home: string) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
  rmSync(home, { recursive: true, force: true });
}
