import { parseObject } from "../codec.js";
import { KeyspaceError } from "../errors.js";
import { key } from "../keys.js";
import { platform } from "../runtime.js";
import { type Json, type Layout, pairs } from "./layout.js";
import { identityScripts as scripts } from "./scripts.js";

/** The members of a new user that matter here, and any others. */
export interface NewUser {
  readonly id?: string | undefined;
  readonly email?: unknown;
}

/** A user's record: an `id`, an `email` that no other user has (or none), and anything else. */
export interface UserModel {
  /**
   * Stores a new user, under a random UUID unless there is an `id`.
   *
   * @throws {KeyspaceError} `ERR_USER_EXISTS`
   * @throws {TypeError} for an id or an e-mail address that cannot be one.
   */
  create(user: NewUser): Promise<Json>;
  get(id: string): Promise<Json | null>;
  getByEmail(email: string): Promise<Json | null>;
  /**
   * Changes some members where they stand; `undefined` leaves a member as it is. A new e-mail address is taken and the
   * old one let go, with the tokens sent to it, in the same step.
   *
   * @throws {KeyspaceError} `ERR_USER_NOT_FOUND`, `ERR_USER_EXISTS` if the e-mail address is another's.
   */
  update(id: string, changes: Json): Promise<Json>;
  /** Removes a user with all sessions, links, and tokens of the e-mail address. Returns the record, or `null`. */
  delete(id: string): Promise<Json | null>;
}

export function userModel(layout: Layout): UserModel {
  const { userPrefix, emailPrefix, tokenPrefix, tokenIndexPrefix, sessions, links } = layout.options;
  const { full } = layout;
  const addresses = [emailPrefix, tokenPrefix, tokenIndexPrefix].map(full);

  function decode(text: unknown): Json | null {
    const user = typeof text === "string" ? parseObject(text) : null;
    return user !== null && layout.isUser(user["id"]) ? user : null;
  }

  /** The e-mail address as JSON and its key; `["", null]` for a user without one. */
  function address(email: unknown): [json: string, key: string | null] {
    if (email === undefined || email === null || email === "") return ["", null];
    const key = layout.emailKey(email);
    if (key === null) throw new TypeError("email must be a well-formed string that is no other record's id");
    return [JSON.stringify(email), key];
  }

  return {
    async create(given) {
      const user = { ...given, id: given.id ?? platform.crypto.randomUUID() };
      if (!layout.isUser(user.id)) throw new TypeError("id must be a well-formed string that is no other record's id");
      const [email, emailKey] = address(user.email);
      const own = key(userPrefix, user.id);
      const text = JSON.stringify(user);
      const answer = await layout.run(
        scripts.createUser,
        [own, emailKey ?? own],
        [text, user.id, email, full(userPrefix)],
      );
      if (answer !== 1) throw new KeyspaceError("ERR_USER_EXISTS", "this id or e-mail address is taken");
      return parseObject(text) as Json;
    },

    async get(id) {
      if (!layout.isUser(id)) return null;
      const user = decode(await layout.get(key(userPrefix, id)));
      return user?.["id"] === id ? user : null;
    },

    async getByEmail(email) {
      const emailKey = layout.emailKey(email);
      if (emailKey === null) return null;
      return decode(await layout.run(scripts.getUserByEmail, [emailKey], [JSON.stringify(email), full(userPrefix)]));
    },

    async update(id, { id: _, ...changes }) {
      const missing = new KeyspaceError("ERR_USER_NOT_FOUND", "there is no such user");
      if (!layout.isUser(id)) throw missing;
      address(changes["email"]);
      const email = changes["email"] === undefined ? "" : JSON.stringify(changes["email"]);
      const args = [id, ...addresses, full(userPrefix), email, ...pairs(changes)];
      const answer = await layout.run(scripts.updateUser, [key(userPrefix, id)], args);
      if (answer === -1) throw new KeyspaceError("ERR_USER_EXISTS", "this e-mail address is another user's");
      const user = decode(answer);
      if (user === null) throw missing;
      return user;
    },

    async delete(id) {
      if (!layout.isUser(id)) return null;
      const owned = [sessions, ...Object.values(links)].flatMap(({ prefix, indexPrefix, pointerPrefix }) =>
        [prefix, indexPrefix, pointerPrefix].map(full),
      );
      const args = [id, ...addresses, ...owned];
      return decode(await layout.run(scripts.deleteUser, [key(userPrefix, id)], args));
    },
  };
}
