import { type Forgetful, seenAtOnce } from "../live/own-writes.js";
import * as scripts from "../lua/identity/users.js";
import { parseObject } from "../records/codec.js";
import { KeyspaceError } from "../redis/errors.js";
import type { Executor } from "../redis/executor.js";
import { platform } from "../runtime.js";
import { type Json, pairs } from "./json.js";
import type { IdentityKeyspace, IdentityPrefixes } from "./keyspace.js";
import { tryAgain } from "./try-again.js";

/** The members of a new user that matter here, and any others. */
export interface NewUser {
  readonly id?: string | undefined;
  readonly email?: unknown;
}

interface Address {
  readonly key: string;
  /** As JSON. */
  readonly email: string;
}

/** A user's record: an `id`, an `email` that no other user has (or none), and anything else. */
export class Users {
  readonly #executor: Executor;
  readonly #keyspace: IdentityKeyspace;
  /** Of sessions with their users. */
  readonly #cache: Forgetful | undefined;
  /** The prefixes that scripts make keys up with. */
  readonly #userPrefix: string;
  readonly #ofAddress: {
    readonly emailPrefix: string;
    readonly tokenPrefix: string;
    readonly tokenIndexPrefix: string;
  };
  readonly #ofUser: {
    readonly sessionPrefix: string;
    readonly sessionIndexPrefix: string;
    readonly sessionPointerPrefix: string;
    readonly linkPrefixes: readonly string[];
  };

  /** @internal */
  constructor(
    executor: Executor,
    keyspace: IdentityKeyspace,
    prefixes: IdentityPrefixes,
    cache: Forgetful | undefined,
  ) {
    const { emailPrefix, tokenPrefix, tokenIndexPrefix, sessions, links } = prefixes;
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#cache = cache;
    this.#userPrefix = keyspace.made(prefixes.userPrefix);
    this.#ofAddress = {
      emailPrefix: keyspace.made(emailPrefix),
      tokenPrefix: keyspace.made(tokenPrefix),
      tokenIndexPrefix: keyspace.made(tokenIndexPrefix),
    };
    this.#ofUser = {
      sessionPrefix: keyspace.made(sessions.prefix),
      sessionIndexPrefix: keyspace.made(sessions.indexPrefix),
      sessionPointerPrefix: keyspace.made(sessions.pointerPrefix),
      linkPrefixes: Object.values(links).flatMap(({ prefix, indexPrefix, pointerPrefix }) => [
        keyspace.made(prefix),
        keyspace.made(indexPrefix),
        pointerPrefix === undefined ? "" : keyspace.made(pointerPrefix),
      ]),
    };
  }

  /**
   * Stores a new user, under a random UUID unless there is an `id`.
   *
   * @throws {KeyspaceError} `ERR_USER_EXISTS`
   * @throws {TypeError} for an id or an e-mail address that cannot be one.
   */
  async create(given: NewUser): Promise<Json> {
    const user = { ...given, id: given.id ?? platform.crypto.randomUUID() };
    const { id } = user;
    if (!this.#keyspace.isUser(id)) throw new TypeError("id must be a well-formed string that is no other record's id");
    const address = this.#address(user.email);
    const value = JSON.stringify(user);
    const { kind } = await tryAgain(() =>
      this.#executor.run(
        scripts.createUser,
        { user: this.#keyspace.user(id), address: address?.key },
        { value, id, userPrefix: this.#userPrefix, email: address?.email },
      ),
    );
    if (kind === "taken") throw new KeyspaceError("ERR_USER_EXISTS", "this id or e-mail address is taken");
    return parseObject(value) as Json;
  }

  async get(id: string): Promise<Json | null> {
    if (!this.#keyspace.isUser(id)) return null;
    const user = this.#decode(await this.#executor.get(this.#keyspace.user(id)));
    return user?.["id"] === id ? user : null;
  }

  async getByEmail(email: string): Promise<Json | null> {
    const address = this.#keyspace.address(email);
    if (address === null) return null;
    const args = { email: JSON.stringify(email), userPrefix: this.#userPrefix };
    const answer = await this.#executor.run(scripts.getUserByEmail, { address }, args);
    return answer.kind === "gone" ? null : this.#decode(answer.text);
  }

  /**
   * Changes some members where they stand, without reading them first; `undefined` leaves a member as it is. A new e-mail
   * address is taken and the old one let go, with the tokens sent to it, in the same step.
   *
   * @returns What is stored now, or `null` if there is no such user.
   * @throws {KeyspaceError} `ERR_USER_EXISTS` if the e-mail address is another's.
   * @throws {TypeError} for an e-mail address that cannot be one.
   */
  async patch(id: string, { id: _, ...changes }: Json): Promise<Json | null> {
    if (!this.#keyspace.isUser(id)) return null;
    const { email } = changes;
    const keys = { user: this.#keyspace.user(id), address: this.#address(email)?.key };
    const args = {
      ...{ id, userPrefix: this.#userPrefix, ...this.#ofAddress },
      email: email === undefined ? undefined : JSON.stringify(email),
      changes: pairs(changes),
    };
    const answer = await this.#seenAtOnce(id, () => this.#executor.run(scripts.patchUser, keys, args));
    if (answer.kind === "taken") throw new KeyspaceError("ERR_USER_EXISTS", "this e-mail address is another user's");
    return answer.kind === "gone" ? null : this.#decode(answer.text);
  }

  /** Removes a user with all sessions, links, and tokens of the e-mail address. Returns the record, or `null`. */
  async delete(id: string): Promise<Json | null> {
    if (!this.#keyspace.isUser(id)) return null;
    const keys = { user: this.#keyspace.user(id) };
    const args = { id, ...this.#ofAddress, ...this.#ofUser };
    const answer = await this.#seenAtOnce(id, () => this.#executor.run(scripts.deleteUser, keys, args));
    return answer.kind === "gone" ? null : this.#decode(answer.text);
  }

  #seenAtOnce<Answer>(id: string, write: () => Promise<Answer>): Promise<Answer> {
    return seenAtOnce(this.#cache, { storedIds: [], owners: [id] }, write);
  }

  #decode(text: string | null): Json | null {
    const user = text === null ? null : parseObject(text);
    return user !== null && this.#keyspace.isUser(user["id"]) ? user : null;
  }

  /** `null` for a user without one. */
  #address(email: unknown): Address | null {
    if (email === undefined || email === null || email === "") return null;
    const key = this.#keyspace.address(email);
    if (key === null) throw new TypeError("email must be a well-formed string that is no other record's id");
    return { key, email: JSON.stringify(email) };
  }
}
