import { turnAfter } from "../turns.js";

/** The ids that a script has packed: `pack` of `lua/fragments.ts`. */
export async function unpacked(texts: readonly (string | null)[]): Promise<string[]> {
  const storedIds: string[] = [];
  for (const text of texts) {
    for (const storedId of JSON.parse(text as string) as string[]) storedIds.push(storedId);
    const turn = turnAfter(storedIds.length);
    if (turn !== undefined) await turn;
  }
  return storedIds;
}
