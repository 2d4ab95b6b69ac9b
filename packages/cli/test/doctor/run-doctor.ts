import type { Diagnosis } from "../../src/lib/doctor/diagnosis.js";
import type { Finding } from "../../src/lib/doctor/finding.js";
import type { Mended } from "../../src/lib/doctor/fix.js";
import { type Ran, runCli } from "../run-cli.js";

type Result = Diagnosis & { readonly mended: readonly Mended[] };

export interface Examined extends Result {
  readonly ran: Ran;
  /** The names of the findings. */
  readonly names: readonly string[];
  /** @throws where it was not found. */
  finding(name: string): Finding;
}

/** Runs `doctor --json`. */
export async function doctor(
  url: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Examined> {
  const ran = await runCli(["doctor", "--json", "--url", url, ...args], env);
  if (ran.stdout === "") throw new Error(`exit code ${ran.exitCode}: ${ran.stderr}`);
  const result = ran.json<Result>();
  return {
    ...{ ...result, ran },
    names: result.findings.map(({ name }) => name),
    finding(name) {
      const found = result.findings.find((finding) => finding.name === name);
      if (found === undefined) throw new Error(`no ${name} among ${result.findings.map((one) => one.name).join(", ")}`);
      return found;
    },
  };
}
