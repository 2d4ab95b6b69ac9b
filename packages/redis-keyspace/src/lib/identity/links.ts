import * as scripts from "../lua/identity/links.js";
import { parseObject, type ValueCodec } from "../records/codec.js";
import { KeyspaceError } from "../redis/errors.js";
import type { Executor } from "../redis/executor.js";
import { type Json, pairs } from "./json.js";
import type { IdentityKeyspace, Place, PrefixesOfUser } from "./keyspace.js";
import { SealedMembers } from "./sealed-members.js";
import { tryAgain } from "./try-again.js";

export interface LinkOptions extends PrefixesOfUser {
  /** The members of a record that make up its key, in this order, with colons between. */
  readonly key: readonly string[];
  /**
   * Seals members of a record, together in a member `sealed`. What was stored without a codec is still read; what can't be
   * opened is left out. Default: none.
   */
  readonly codec?: ValueCodec | undefined;
  /** The members that a codec leaves as they are, besides `userId` and those of the key. Default: none. */
  readonly readable?: readonly string[] | undefined;
}

/**
 * Records that belong to a user, whom they name in `userId`: accounts, authenticators. A record is named by the members
 * that make up its key.
 */
export class Links {
  readonly #executor: Executor;
  readonly #keyspace: IdentityKeyspace;
  readonly #options: LinkOptions;
  readonly #sealed: SealedMembers | undefined;
  /** The prefixes that scripts make keys up with. */
  readonly #made: {
    readonly userPrefix: string;
    readonly linkPrefix: string;
    readonly indexPrefix: string;
    readonly pointerPrefix: string | undefined;
  };

  /** @internal */
  constructor(executor: Executor, keyspace: IdentityKeyspace, userPrefix: string, options: LinkOptions) {
    const { prefix, indexPrefix, pointerPrefix, codec, key, readable = [] } = options;
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#options = options;
    this.#sealed =
      codec === undefined ? undefined : new SealedMembers(codec, ["userId", ...key, ...readable], executor.incident);
    this.#made = {
      userPrefix: keyspace.made(userPrefix),
      linkPrefix: keyspace.made(prefix),
      indexPrefix: keyspace.made(indexPrefix),
      pointerPrefix: pointerPrefix === undefined ? undefined : keyspace.made(pointerPrefix),
    };
  }

  /**
   * Links a record to its user, or writes it anew if it is that user's.
   *
   * @throws {KeyspaceError} `ERR_USER_NOT_FOUND`, `ERR_LINK_EXISTS`
   * @throws {TypeError} for members that cannot make up a key.
   */
  async create(record: { readonly userId: string }): Promise<Json> {
    const { userId } = record;
    const at = this.#place({ ...record });
    if (at === null) {
      const names = this.#options.key.join(" and ");
      throw new TypeError(`${names} must be well-formed strings or whole numbers that name one record`);
    }
    if (!this.#keyspace.isUser(userId)) throw new TypeError("userId must be a user's id");
    const text = JSON.stringify(record);
    const value = this.#sealed === undefined ? text : await this.#sealed.seal(text, at.storedId);
    const { kind } = await tryAgain(() =>
      this.#executor.run(
        scripts.createLink,
        { link: at.key, user: this.#keyspace.user(userId), ...this.#ofUser(userId) },
        { value, userId, storedId: at.storedId, match: at.match, ...this.#made },
      ),
    );
    if (kind === "user-gone") throw new KeyspaceError("ERR_USER_NOT_FOUND", "there is no such user");
    if (kind === "taken") throw new KeyspaceError("ERR_LINK_EXISTS", "it is linked to another user");
    return parseObject(text) as Json;
  }

  async get(name: Json): Promise<Json | null> {
    const at = this.#place(name);
    const text = at === null ? null : await this.#executor.get(at.key);
    const record = at === null || text === null ? null : await this.#open(text, at.storedId);
    const isNamed = this.#options.key.every((member) => toName(record?.[member]) === toName(name[member]));
    return isNamed ? record : null;
  }

  async getUser(name: Json): Promise<Json | null> {
    const at = this.#place(name);
    if (at === null) return null;
    const args = { storedId: at.storedId, match: at.match, ...this.#made };
    const answer = await this.#executor.run(scripts.getUserByLink, { link: at.key }, args);
    const user = answer.kind === "gone" ? null : parseObject(answer.text);
    return user !== null && this.#keyspace.isUser(user["id"]) ? user : null;
  }

  /** The user's records, in the order in which they were linked. */
  async list(userId: string): Promise<Json[]> {
    if (!this.#keyspace.isUser(userId)) return [];
    const { list } = await this.#executor.run(scripts.listLinks, this.#ofUser(userId), { userId, ...this.#made });
    const records = await Promise.all(list.map((text) => (text === null ? null : this.#open(text))));
    return records.filter((record): record is Json => record?.["userId"] === userId);
  }

  /**
   * Changes some members where they stand, without reading them first; `undefined` leaves a member as it is.
   *
   * @returns What is stored now, or `null` if there is no such record.
   * @throws {TypeError} for members that a codec seals.
   */
  async patch(name: Json, changes: Json): Promise<Json | null> {
    const at = this.#place(name);
    if (at === null) return null;
    this.#sealed?.checkReadable(changes);
    const args = { changes: JSON.stringify(pairs(changes)), match: at.match };
    const answer = await this.#executor.run(scripts.patchLink, { link: at.key }, args);
    return answer.kind === "gone" ? null : this.#open(answer.text, at.storedId);
  }

  /**
   * Removes a record and returns it, or `null` if there is none.
   *
   * @param userId Whose it must be. Default: anybody's.
   */
  async delete(name: Json, userId?: string): Promise<Json | null> {
    const at = this.#place(name);
    if (at === null) return null;
    const match = [...at.match, ...pairs({ userId })];
    const args = { storedId: at.storedId, match, ...this.#made };
    const answer = await this.#executor.run(scripts.deleteLink, { link: at.key }, args);
    return answer.kind === "gone" ? null : this.#open(answer.text, at.storedId);
  }

  /** @param storedId Default: that of the members in the text. */
  #open(text: string, storedId?: string): Json | null | Promise<Json | null> {
    const record = parseObject(text);
    if (record === null || this.#sealed === undefined) return record;
    const of = storedId ?? this.#place(record)?.storedId;
    return of === undefined ? record : this.#sealed.open(record, of);
  }

  #place(name: Json): Place | null {
    const { prefix, key } = this.#options;
    return this.#keyspace.place(prefix, key, Object.fromEntries(key.map((member) => [member, toName(name[member])])));
  }

  #ofUser(userId: string): { index: string; pointer: string | undefined } {
    return {
      index: this.#keyspace.index(this.#options, userId),
      pointer: this.#keyspace.pointer(this.#options, userId),
    };
  }
}

/**
 * A provider that counts its users gives numbers: each is the string of its digits, as it stands in the key. A number that
 * JSON may have rounded can be two users, and is none.
 */
function toName(part: unknown): unknown {
  return Number.isSafeInteger(part) && Number(part) >= 0 ? String(part) : part;
}
