import { parseObject } from "../codec.js";
import { KeyspaceError } from "../errors.js";
import { key } from "../keys.js";
import { type Json, type Layout, type LinkOptions, type Place, pairs } from "./layout.js";
import { identityScripts as scripts } from "./scripts.js";

/**
 * Records that belong to a user, whom they name in `userId`: accounts, authenticators. A record is named by the members
 * that make up its key.
 */
export interface LinkModel {
  /**
   * Links a record to its user, or writes it anew if it is that user's.
   *
   * @throws {KeyspaceError} `ERR_USER_NOT_FOUND`, `ERR_LINK_EXISTS`
   * @throws {TypeError} for members that cannot make up a key.
   */
  create(record: { readonly userId: string }): Promise<Json>;
  get(name: Json): Promise<Json | null>;
  getUser(name: Json): Promise<Json | null>;
  /** The user's records, in the order in which they were linked. */
  list(userId: string): Promise<Json[]>;
  /**
   * Changes some members where they stand; `undefined` leaves a member as it is.
   *
   * @throws {KeyspaceError} `ERR_LINK_NOT_FOUND`
   */
  update(name: Json, changes: Json): Promise<Json>;
  /** Removes a record and returns it, or `null` if there is none. */
  delete(name: Json): Promise<Json | null>;
}

export function linkModel(layout: Layout, { prefix, indexPrefix, pointerPrefix, key: names }: LinkOptions): LinkModel {
  const { full, isUser } = layout;
  const { userPrefix } = layout.options;

  const place = (name: Json): Place | null =>
    layout.place(prefix, names, Object.fromEntries(names.map((member) => [member, named(name[member])])));

  const decode = (text: unknown): Json | null => (typeof text === "string" ? parseObject(text) : null);

  return {
    async create(record) {
      const at = place(record as unknown as Json);
      if (at === null)
        throw new TypeError(`${names.join(" and ")} must be well-formed strings or whole numbers that name one record`);
      if (!isUser(record.userId)) throw new TypeError("userId must be a user's id");
      const text = JSON.stringify(record);
      const prefixes = [userPrefix, prefix, indexPrefix, pointerPrefix].map(full);
      const args = [text, at.id, record.userId, ...prefixes, ...at.match];
      const answer = await layout.run(scripts.createLink, [at.key], args);
      if (answer === -2) throw new KeyspaceError("ERR_USER_NOT_FOUND", "there is no such user");
      if (answer !== 1) throw new KeyspaceError("ERR_LINK_EXISTS", "it is linked to another user");
      return parseObject(text) as Json;
    },

    async get(name) {
      const at = place(name);
      const record = at === null ? null : decode(await layout.get(at.key));
      return record !== null && names.every((member) => named(record[member]) === named(name[member])) ? record : null;
    },

    async getUser(name) {
      const at = place(name);
      if (at === null) return null;
      const args = [at.id, full(userPrefix), full(indexPrefix), ...at.match];
      const user = decode(await layout.run(scripts.getUserByLink, [at.key], args));
      return user !== null && isUser(user["id"]) ? user : null;
    },

    async list(userId) {
      if (!isUser(userId)) return [];
      const args = [userId, full(prefix), full(indexPrefix), full(pointerPrefix)];
      const texts = (await layout.run(scripts.listLinks, [key(indexPrefix, userId)], args)) as unknown[];
      return texts.map(decode).filter((record) => record?.["userId"] === userId) as Json[];
    },

    async update(name, changes) {
      const at = place(name);
      const args = at === null ? [] : [String(at.match.length + 2), ...at.match, ...pairs(changes)];
      const record = at === null ? null : decode(await layout.run(scripts.updateLink, [at.key], args));
      if (record === null) throw new KeyspaceError("ERR_LINK_NOT_FOUND", "there is no such account or authenticator");
      return record;
    },

    async delete(name) {
      const at = place(name);
      if (at === null) return null;
      const args = [at.id, full(prefix), full(indexPrefix), full(pointerPrefix), ...at.match];
      return decode(await layout.run(scripts.deleteLink, [at.key], args));
    },
  };
}

/**
 * A provider that counts its users gives numbers: each is the string of its digits, as it stands in the key. A number that
 * JSON may have rounded can be two users, and is none.
 */
function named(part: unknown): unknown {
  return Number.isSafeInteger(part) && Number(part) >= 0 ? String(part) : part;
}
