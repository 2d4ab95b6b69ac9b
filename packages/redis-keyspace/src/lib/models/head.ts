// The head of a stored record: `{"expiresAt":1763720000000,"endsAt":null,"userId":"u1",…`. Sessions of our own model and
// sealed records have one. It stands first and in this order, so that a script can write another deadline into a record
// without parsing the rest (see `touch` in `scripts/together.ts`). Records in a peer's format have none.

const head = /^\{"expiresAt":(\d+),"endsAt":(\d+|null),"userId":/;

export interface Head {
  readonly expiresAt: number;
  readonly endsAt: number | null;
}

export function readHead(value: string): Head | null {
  const match = head.exec(value);
  if (match === null) return null;
  return { expiresAt: Number(match[1]), endsAt: match[2] === "null" ? null : Number(match[2]) };
}

/** The same record with another deadline. */
export function redate(value: string, deadline: number): string {
  return value.replace(/\d+/, String(deadline));
}

/** The same record, which no touch can make outlive the deadline. */
export function closeAt(value: string, deadline: number): string {
  return redate(value, deadline).replace(/"endsAt":\w+/, `"endsAt":${deadline}`);
}
