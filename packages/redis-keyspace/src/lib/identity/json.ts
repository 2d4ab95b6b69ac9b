/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Names and values as JSON, without what is undefined. */
export function pairs(members: Json): string[] {
  const texts: string[] = [];
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) texts.push(JSON.stringify(name), JSON.stringify(value));
  }
  return texts;
}
