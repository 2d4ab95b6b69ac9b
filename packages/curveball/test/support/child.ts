import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("zero-option-app.mjs", import.meta.url));
// What users get: a process that is not vitest's runs no TypeScript.
const built = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

export interface ChildApp {
  readonly process: ChildProcess;
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number | null>;
  readonly origin: string;
}

/** Runs an application with a store of its own client in a process of its own, until the test ends. */
export async function startApp(whose: "ours" | "ours with its middleware" | "legacy", port: number): Promise<ChildApp> {
  const store = whose === "legacy" ? "@curveball/session-redis" : built;
  const child = spawn(process.execPath, [program, store, `${port}`, whose], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const first = await Promise.race([once(createInterface(child.stdout), "line"), exited.then(() => [""])]);
  return { process: child, exited, origin: String(first[0]) };
}
