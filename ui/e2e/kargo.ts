// Starts the real binary for a test and stops it afterwards.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.KARGO_BIN ?? join(import.meta.dirname, "../../target/debug/kargo");

export interface Running {
  /** What the pattern's first group matched in the output. */
  found: string;
  output: () => string;
  /** Ends the process; its data stays. */
  kill: () => Promise<void>;
  /** Ends the process and removes its data. */
  stop: () => Promise<void>;
  home: string;
}

const environment = (home: string) => ({
  PATH: process.env.PATH,
  HOME: home,
  XDG_DATA_HOME: join(home, "data"),
  XDG_CONFIG_HOME: join(home, "config"),
});

/** Runs `kargo` with these arguments until its output matches `ready`; in a fresh home unless one is given. */
export async function start(args: string[], ready: RegExp, again?: string): Promise<Running> {
  const home = again ?? mkdtempSync(join(tmpdir(), "kargo-e2e-"));
  const child = spawn(BINARY, args, { env: environment(home), stdio: ["ignore", "pipe", "pipe"] });
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
  const stop = async () => {
    await kill(child);
    rmSync(home, { recursive: true, force: true });
  };
  return { found, output: () => text, kill: () => kill(child), stop, home };
}

async function kill(child: ChildProcess) {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

/** Applies objects as a user would. */
export function apply({ found, home }: Running, objects: object[]) {
  const file = join(home, "objects.yaml");
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
  const env = { ...environment(home), KARGO_SERVER: new URL(found).origin };
  execFileSync(BINARY, ["apply", "-f", file], { env, stdio: "pipe" });
}
