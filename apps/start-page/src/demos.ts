/** A demo as the launcher tells of it. */
export interface Demo {
  readonly name: string;
  readonly framework: string;
  readonly description: string;
  /** What its keys begin with: nobody else's do. */
  readonly keyPrefixes: readonly string[];
  /** Where it listens; `undefined` if it does not run. */
  readonly url?: string;
  /** Why it does not run. */
  readonly problem?: string;
}

/** Reads `DEMOS`, which the launcher sets. */
export function readDemos(text: string | undefined): readonly Demo[] {
  if (!text) throw new Error("Set DEMOS to the list of demos, as the launcher does: npm run demo");
  return JSON.parse(text) as Demo[];
}
