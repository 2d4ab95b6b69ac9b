export type Severity = "error" | "warning" | "note";

/** Something that `doctor` has found. */
export interface Finding {
  /** For programs, and what `docs/operating.md` calls it: `evicts-sessions`. */
  readonly name: string;
  /** `error`: sessions are lost, or people cannot sign in or out. `warning`: that will come. `note`: worth knowing. */
  readonly severity: Severity;
  /** In a sentence, with how many. */
  readonly what: string;
  /** How many keys, entries, commands or servers it is about. */
  readonly count: number;
  /** One of them: a key or a server, its id masked. `null` where there is nothing to show. */
  readonly example: string | null;
  /** What to do about it. */
  readonly advice: string;
  /** Whether `doctor --fix` mends it. */
  readonly fixable: boolean;
}

/** All findings, the worst first. One of a name on several servers is one finding. */
export class Findings {
  readonly #found = new Map<string, Finding>();

  add({
    count = 1,
    example = null,
    fixable = false,
    ...finding
  }: Pick<Finding, "name" | "severity" | "what" | "advice"> & Partial<Finding>): void {
    const known = this.#found.get(finding.name);
    if (known === undefined) this.#found.set(finding.name, { ...finding, count, example, fixable });
    else this.#found.set(finding.name, { ...known, count: known.count + count });
  }

  list(): Finding[] {
    const bySeverity = (finding: Finding): number => ["error", "warning", "note"].indexOf(finding.severity);
    return [...this.#found.values()].sort((one, other) => bySeverity(one) - bySeverity(other));
  }
}
