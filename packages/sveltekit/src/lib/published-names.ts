import { checkBooleans, checkKnown, checkString } from "./options.js";
import { SessionStore } from "./session-store.js";
import { type SessionStoreSettings, settingNames } from "./session-store-options.js";

export interface PublishedSessionStoreOptions<Data> extends SessionStoreSettings<Data> {
  /** What a session's key starts with; a colon follows. Default: `sk_ioredis_session`, with every client. */
  readonly sessionPrefix?: string | undefined;
  /**
   * What the keys of a user's sessions start with; a colon follows. Default: `sk_ioredis_user_sessions`, which gives
   * `index:sk_ioredis_user_sessions:<user id>` and, with `peerIndex`, `sk_ioredis_user_sessions:<user id>`.
   */
  readonly userSessionsPrefix?: string | undefined;
  /**
   * Whether the sets of session ids that the published package keeps are read and kept up to date, so that its sessions
   * are listed and revoked with ours, and old and new processes can run side by side. Default: true.
   */
  readonly peerIndex?: boolean | undefined;
}

/**
 * Sessions by cookie, with the options, methods, keys and cookies of `@ethercorps/sveltekit-redis-session` 1.x: moving is
 * a change of the import. Its three classes differed by client; here one takes any.
 */
export class PublishedSessionStore<Data = Record<string, unknown>> extends SessionStore<Data> {
  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: PublishedSessionStoreOptions<Data>) {
    if (typeof options === "object" && options !== null && "prefix" in options) {
      // Its documentation has it, its code passes over it: taken at its word it would sign everybody out.
      throw new TypeError(
        'option "prefix" had no effect in the published package: leave it out, or use "sessionPrefix"',
      );
    }
    checkKnown(options, [...settingNames, "sessionPrefix", "userSessionsPrefix", "peerIndex"]);
    const {
      sessionPrefix = "sk_ioredis_session",
      userSessionsPrefix = "sk_ioredis_user_sessions",
      peerIndex = true,
    } = options;
    checkString("sessionPrefix", sessionPrefix);
    checkString("userSessionsPrefix", userSessionsPrefix);
    checkBooleans({ peerIndex });
    const names = {
      sessionPrefix: `${sessionPrefix}:`,
      userSessionsPrefix: `index:${userSessionsPrefix}:`,
      peerIndexPrefix: peerIndex ? `${userSessionsPrefix}:` : undefined,
    };
    super(options, names, { peerIndexPrefix: "userSessionsPrefix" });
  }
}
