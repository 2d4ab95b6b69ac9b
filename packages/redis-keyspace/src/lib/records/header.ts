// The header of a stored record: `{"expiresAt":1763720000000,"endsAt":null,"userId":"u1",…`. Sessions of our own model
// and sealed records have one. It comes first and in this order, so that a script can write another deadline into a
// record without parsing the rest (see `lua/atomic/touch.ts`). `endsAt` is the absolute end. Records in a legacy format
// have no header.
//
// A rotation with a grace leaves two records for one session, which name each other behind their owner:
//
//   "successor":"<stored id>",        in the former one, which is closed: it can be read and is no session by itself
//   "former":["<stored id>",<end>],   in the new one

const string = String.raw`"(?:[^"\\]|\\.)*"`;
/** What matches a header and its links. */
export const headerPattern: string =
  String.raw`^(\{"expiresAt":(\d+),"endsAt":(\d+|null),"userId":(?:null|${string}))` +
  String.raw`(?:,"successor":(${string}))?(?:,"former":\[(${string}),(\d+)\])?`;

const header = new RegExp(headerPattern);

/** The id before a rotation, and when its grace ends. */
interface Former {
  readonly storedId: string;
  readonly endsAt: number;
}

export interface Header {
  readonly expiresAt: number;
  readonly endsAt: number | null;
  readonly successor: string | null;
  readonly former: Former | null;
}

export function readHeader(value: string): Header | null {
  const match = header.exec(value);
  if (match === null) return null;
  const [, , expiresAt, endsAt, successor, former, formerEnd] = match;
  return {
    expiresAt: Number(expiresAt),
    endsAt: endsAt === "null" ? null : Number(endsAt),
    successor: successor === undefined ? null : (JSON.parse(successor) as string),
    former: former === undefined ? null : { storedId: JSON.parse(former) as string, endsAt: Number(formerEnd) },
  };
}

/** The record that a rotation leaves under the former id: with this as both of its ends, no touch makes it live longer. */
export function closeAt(value: string, deadline: number, successor: string): string {
  const closed = value.replace(/\d+/, String(deadline)).replace(/"endsAt":\w+/, `"endsAt":${deadline}`);
  return withLinks(closed, { successor, former: readHeader(value)?.former ?? null });
}

/** The record under the new id. */
export function openAfter(value: string, former: Former | null): string {
  return withLinks(value, { successor: null, former });
}

/** What a record that is written anew keeps of the one that it replaces. */
export function keepLinks(replaced: string, value: string): string {
  if (!replaced.includes(',"successor":') && !replaced.includes(',"former":')) return value;
  const links = readHeader(replaced);
  if (links === null) return value;
  const former = links.former !== null && links.former.endsAt > Date.now() ? links.former : null;
  return links.successor === null && former === null ? value : withLinks(value, { successor: links.successor, former });
}

const withoutEscapes = /^\{"expiresAt":\d+,"endsAt":(?:\d+|null),"userId":(?:null|"[^"\\]*")/;

/** Whether two records have the same owner and ends, as their headers say. */
export function haveSameHeader(one: string, other: string): boolean {
  const start = withoutEscapes.exec(one)?.[0];
  return start !== undefined && other.startsWith(start);
}

/** How many ids one session can have at a time. */
const MAX_LINKS = 16;

/**
 * The stored ids that are the same session as `value`, which is `storedId`'s: see `lua/atomic/links.ts`.
 *
 * @param read What is stored under an id.
 */
export async function linkedIds(
  value: string,
  storedId: string,
  read: (storedId: string) => Promise<string | null>,
): Promise<string[]> {
  const linksAt = async (id: string): Promise<Header | null> => {
    const text = await read(id);
    return text === null ? null : readHeader(text);
  };
  const own = readHeader(value);
  const found: string[] = [];
  let from = storedId;
  for (let next = own?.successor ?? null; next !== null && found.length < MAX_LINKS; ) {
    const links = await linksAt(next);
    if (links?.former?.storedId !== from) break;
    found.push(next);
    from = next;
    next = links.successor;
  }
  for (let former = own?.former ?? null; former !== null && found.length < 2 * MAX_LINKS; ) {
    const links = await linksAt(former.storedId);
    if (links === null || links.successor === null) break;
    found.push(former.storedId);
    former = links.former;
  }
  return found;
}

/** Whether this is what a rotation left under the former id. */
export function isClosed(value: string): boolean {
  return value.includes(',"successor":') && readHeader(value)?.successor != null;
}

/** A record with these names in its header. */
export function withLinks(value: string, { successor, former }: Pick<Header, "successor" | "former">): string {
  return value.replace(header, (_, start: string) => {
    const next = successor === null ? "" : `,"successor":${JSON.stringify(successor)}`;
    return start + next + (former === null ? "" : `,"former":[${JSON.stringify(former.storedId)},${former.endsAt}]`);
  });
}
