import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface DemoApp {
  readonly url: string;
  /** Everything it has printed. */
  output(): string;
  /** Ends it as Ctrl-C does and answers its exit code; `null` if it had to be killed. */
  stop(): Promise<number | null>;
}

const graceMs = 5_000;

/**
 * Starts the built demo of this folder on a free port.
 *
 * @param args What Node.js runs.
 * @param ready What it prints then, with its address as the first group.
 */
export async function startApp(
  folder: URL,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ["dist/server.js"],
  ready = /^listening on (\S+)$/m,
): Promise<DemoApp> {
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(folder),
    env: { PATH: process.env["PATH"], PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const closed = once(child, "close").then(([code]) => {
    process.off("exit", killWithUs);
    return code as number | null;
  });

  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const address = ready.exec(output)?.[1];
        if (address !== undefined) resolve(address);
      });
    }
    void closed.then((code) => reject(new Error(`The demo ended with ${code}:\n${output}`)));
  });

  return {
    url,
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(killWithUs, graceMs);
      const code = await closed;
      clearTimeout(timer);
      return code;
    },
  };
}
