import type { Observer } from "../observe.js";
import { parseObject, tellUnopened, type ValueCodec } from "../records/codec.js";
import type { Json } from "./json.js";

/**
 * Records of which a codec seals some members, together in a member `sealed`. The others stay as they are, for scripts and
 * for processes without the codec.
 */
export class SealedMembers {
  readonly #codec: ValueCodec;
  readonly #incident: Observer["incident"];
  readonly #readable: ReadonlySet<string>;

  /** @param readable The members that stay as they are: `userId` and more. */
  constructor(codec: ValueCodec, readable: readonly string[], incident: Observer["incident"]) {
    this.#codec = codec;
    this.#incident = incident;
    this.#readable = new Set(readable);
  }

  /** @param text The record, as JSON. */
  async seal(text: string, storedId: string): Promise<string> {
    const members = Object.entries(parseObject(text) ?? {});
    const readable = members.filter(([name]) => this.#readable.has(name));
    const secret = members.filter(([name]) => !this.#readable.has(name));
    if (secret.length === 0) return text;
    const record = Object.fromEntries(readable);
    const sealed = await this.#codec.seal(toJson(secret), { userId: ownerOf(record), storedId });
    return JSON.stringify({ ...record, sealed });
  }

  /** With the sealed members in it, unless they can't be opened. */
  async open(stored: Json, storedId: string): Promise<Json> {
    const { sealed, ...record } = stored;
    if (typeof sealed !== "string") return stored;
    const text = await this.#codec.open(sealed, { userId: ownerOf(record), storedId });
    if (text === null) tellUnopened(this.#incident, this.#codec, sealed);
    const secret = text === null ? null : parseObject(text);
    return { ...secret, ...record };
  }

  /** @throws {TypeError} for a member that is sealed. */
  checkReadable(changes: Json): void {
    const sealed = Object.keys(changes).find((name) => changes[name] !== undefined && !this.#readable.has(name));
    if (sealed !== undefined) throw new TypeError("what is sealed can't be changed without its record: create it anew");
  }
}

function ownerOf(record: Json): string | null {
  const { userId } = record;
  return typeof userId === "string" ? userId : null;
}

function toJson(members: readonly (readonly [string, unknown])[]): string {
  return JSON.stringify(Object.fromEntries(members));
}
