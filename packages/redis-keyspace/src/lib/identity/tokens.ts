import * as scripts from "../lua/identity/tokens.js";
import { timeUntil } from "../lua/stepwise/record-scripts.js";
import { parseObject } from "../records/codec.js";
import { hasElapsed, toDeadline } from "../records/expiry.js";
import type { Executor } from "../redis/executor.js";
import type { Json } from "./json.js";
import type { IdentityKeyspace, Place } from "./keyspace.js";

/** A token as it is stored, with members of its own besides. */
export interface Token {
  /** Whom it is for: an e-mail address. */
  readonly identifier: string;
  readonly token: string;
  readonly expires: Date;
}

/** Tokens that can be used once: links in e-mails. */
export class Tokens {
  readonly #executor: Executor;
  readonly #keyspace: IdentityKeyspace;
  readonly #prefix: string;

  /** @internal */
  constructor(executor: Executor, keyspace: IdentityKeyspace, prefix: string) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#prefix = prefix;
  }

  /**
   * One that has ended is not stored.
   *
   * @throws {TypeError} for an identifier or a token that cannot be one.
   */
  async create(record: Token): Promise<Json> {
    const { identifier, token: storedId, expires } = record;
    const at = this.#place(identifier, storedId);
    if (at === null) throw new TypeError("identifier and token must be well-formed strings");
    const value = JSON.stringify(record);
    const deadline = toDeadline(expires);
    if (!hasElapsed(deadline)) {
      const keys = { token: at.key, index: this.#keyspace.tokenIndex(identifier) };
      await this.#executor.run(scripts.createToken, keys, { value, deadline: String(deadline), storedId });
    }
    return parseObject(value) as Json;
  }

  /** Takes a token: of all who ask for it, one gets it. `null`: it is not there, has been taken or has ended. */
  async take(identifier: string, token: string): Promise<Json | null> {
    const at = this.#place(identifier, token);
    if (at === null) return null;
    const keys = { token: at.key, index: this.#keyspace.tokenIndex(identifier) };
    const answer = await this.#executor.run(scripts.useToken, keys, { storedId: token, match: at.match });
    const record = answer.kind === "gone" ? null : parseObject(answer.text);
    const deadline = toDeadline(new Date(String(record?.["expires"])));
    if (record === null || !hasElapsed(deadline)) return record;
    // Redis's clock decides: this process's may be ahead.
    const { number } = await this.#executor.run(timeUntil, { record: at.key }, { deadline: String(deadline) });
    return number > 0 ? record : null;
  }

  #place(identifier: string, token: string): Place | null {
    return this.#keyspace.place(this.#prefix, ["identifier", "token"], { identifier, token });
  }
}
