import type { Finding } from "../finding.js";
import { type FaultKind, faultKinds } from "./fault-kinds.js";

/** Something that is wrong with one key. */
export interface Fault {
  readonly kind: FaultKind;
  /** The key, masked. */
  readonly example: string;
  /** What the sentence about all of its kind says besides. */
  readonly detail?: string | undefined;
  /** The same for a number, of which the largest counts. */
  readonly number?: number | undefined;
  /** Looks again, and mends it if it is still so. Answers whether it did. */
  readonly mend?: (() => Promise<boolean>) | undefined;
}

interface Counted {
  readonly example: string;
  readonly details: Set<string>;
  count: number;
  largest: number;
}

const DETAILS = 5;

/** How many faults there are of each kind, with one example. */
export class Tally {
  readonly #kinds = new Map<FaultKind, Counted>();

  clear(): void {
    this.#kinds.clear();
  }

  add({ kind, example, detail, number = 0 }: Fault): void {
    let known = this.#kinds.get(kind);
    if (known === undefined) {
      known = { example, details: new Set(), count: 0, largest: 0 };
      this.#kinds.set(kind, known);
    }
    known.count++;
    known.largest = Math.max(known.largest, number);
    if (detail !== undefined && known.details.size < DETAILS) known.details.add(detail);
  }

  findings(): Finding[] {
    return (Object.keys(faultKinds) as FaultKind[]).flatMap((name): Finding[] => {
      const found = this.#kinds.get(name);
      if (found === undefined) return [];
      const { severity, what, advice, fixable = false } = faultKinds[name];
      const { count, example, details, largest } = found;
      return [{ name, severity, what: what(count, [...details], largest), count, example, advice, fixable }];
    });
  }
}
