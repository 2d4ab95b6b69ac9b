import { parseObject } from "../codec.js";
import { hasElapsed, toDeadline } from "../expiry.js";
import { key } from "../keys.js";
import type { Json, Layout } from "./layout.js";
import { identityScripts as scripts } from "./scripts.js";

/** A token as it is stored, with members of its own besides. */
export interface Token {
  /** Whom it is for: an e-mail address. */
  readonly identifier: string;
  readonly token: string;
  readonly expires: Date;
}

/** Tokens that can be used once: links in e-mails. */
export interface TokenModel {
  /**
   * One that has ended is not stored.
   *
   * @throws {TypeError} for an identifier or a token that cannot be one.
   */
  create(token: Token): Promise<Json>;
  /** Takes a token: of all who ask for it, one gets it. `null`: it is not there, has been taken or has ended. */
  take(identifier: string, token: string): Promise<Json | null>;
}

export function tokenModel(layout: Layout): TokenModel {
  const { tokenPrefix, tokenIndexPrefix } = layout.options;

  /** The keys of a token and of its identifier's index, and what the record must hold. */
  function place(identifier: string, token: string) {
    const at = layout.place(tokenPrefix, ["identifier", "token"], { identifier, token });
    return at === null ? null : { keys: [at.key, key(tokenIndexPrefix, identifier)], match: at.match };
  }

  return {
    async create(record) {
      const { identifier, token, expires } = record;
      const at = place(identifier, token);
      if (at === null) throw new TypeError("identifier and token must be well-formed strings");
      const text = JSON.stringify(record);
      const deadline = toDeadline(expires);
      if (!hasElapsed(deadline)) await layout.run(scripts.createToken, at.keys, [text, String(deadline), token]);
      return parseObject(text) as Json;
    },

    async take(identifier, token) {
      const at = place(identifier, token);
      const text = at === null ? null : await layout.run(scripts.useToken, at.keys, [token, ...at.match]);
      const record = typeof text === "string" ? parseObject(text) : null;
      const ends = new Date(String(record?.["expires"]));
      return record === null || hasElapsed(toDeadline(ends)) ? null : record;
    },
  };
}
