/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Names and values as JSON, without what is undefined. */
export function pairs(members: Json): string[] {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .flatMap((member) => member.map((part) => JSON.stringify(part)));
}
