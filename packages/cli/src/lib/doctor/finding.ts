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

const severities: readonly Severity[] = ["error", "warning", "note"];

/** All findings, the worst first. One of a name on several servers is one finding: the worst, with the number of all. */
export class Findings {
  readonly #found = new Map<string, Finding>();

  add({
    count = 1,
    example = null,
    fixable = false,
    ...finding
  }: Pick<Finding, "name" | "severity" | "what" | "advice"> & Partial<Finding>): void {
    const found = { ...finding, count, example, fixable };
    const known = this.#found.get(finding.name) ?? { ...found, count: 0 };
    const worst = rank(found) < rank(known) ? found : known;
    this.#found.set(finding.name, { ...worst, count: known.count + count });
  }

  list(): Finding[] {
    return [...this.#found.values()].sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ severity }: Finding): number {
  return severities.indexOf(severity);
}
