import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

export interface Ran {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What `--json` printed. */
  json<Value>(): Value;
}

export interface Running {
  readonly pid: number;
  /** All of standard output so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ran>;
}

/** Starts the built command as a shell would, in no terminal and without colours. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return started(process.execPath, [binary, ...args], env);
}

function started(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  answer?: { readonly question: string; readonly typed: string | (() => Promise<string>) },
): Running {
  const { REDIS_URL: _, UPSTASH_REDIS_REST_TOKEN: __, KEYSPACE_SECRETS: ___, ...inherited } = process.env;
  const child = spawn(file, args, {
    env: { ...inherited, NO_COLOR: "1", ...env },
    stdio: "pipe",
  });
  if (answer === undefined) child.stdin.end();
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const asked = answer !== undefined && !stdout.includes(answer.question);
    stdout += text;
    if (!asked || !stdout.includes(answer.question)) return;
    if (typeof answer.typed === "string") child.stdin.write(answer.typed);
    else void answer.typed().then((typed) => child.stdin.write(typed));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) =>
      resolve({ exitCode, stdout, stderr, json: <Value>() => JSON.parse(stdout) as Value }),
    );
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

/** Runs it to its end. */
export async function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return await startCli(args, env).ended;
}

/** Runs it in a terminal, and types something as soon as it asks, or what comes of something that is done meanwhile. */
export async function runInTerminal(
  args: readonly string[],
  question: string,
  typed: string | (() => Promise<string>),
): Promise<Ran> {
  const command = [process.execPath, binary, ...args].map((part) => `'${part}'`).join(" ");
  return await started("script", ["-qec", `stty cols 100 rows 30; ${command}`, "/dev/null"], {}, { question, typed })
    .ended;
}
