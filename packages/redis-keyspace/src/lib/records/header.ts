// The header of a stored record: `{"expiresAt":1763720000000,"endsAt":null,"userId":"u1",…`. Sessions of our own model
// and sealed records have one. It comes first and in this order, so that a script can write another deadline into a
// record without parsing the rest (see `lua/atomic/touch.ts`). `endsAt` is the absolute end. Records in a legacy format
// have no header.

const header = /^\{"expiresAt":(\d+),"endsAt":(\d+|null),"userId":/;

export interface Header {
  readonly expiresAt: number;
  readonly endsAt: number | null;
}

export function readHeader(value: string): Header | null {
  const match = header.exec(value);
  if (match === null) return null;
  return { expiresAt: Number(match[1]), endsAt: match[2] === "null" ? null : Number(match[2]) };
}

/** The same record with this as both of its ends, so that no touch can make it live longer. */
export function closeAt(value: string, deadline: number): string {
  return value.replace(/\d+/, String(deadline)).replace(/"endsAt":\w+/, `"endsAt":${deadline}`);
}
