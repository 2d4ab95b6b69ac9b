import { shownHandle } from "../handles.js";
import { adviceToScan, adviceWhereNone } from "../nothing-found.js";
import { checkNamesUsers, openStore, type StreamFlags } from "../options.js";
import { type ListedSession, listedSessions, sessionsOf, type UserFlags } from "../sessions-of-user.js";
import { withTellingStore } from "../telling-store.js";
import type { Link } from "./link.js";

export type Which =
  | { readonly kind: "all" }
  | { readonly kind: "one"; readonly handle: string }
  | { readonly kind: "others"; readonly handle: string };

/** The sessions of users, for the page. */
export class UserSessions {
  readonly #link: Link;
  readonly #flags: UserFlags & StreamFlags;

  constructor(link: Link, flags: UserFlags & StreamFlags) {
    this.#link = link;
    this.#flags = flags;
  }

  /** The most recently used first. */
  async list(userId: string): Promise<ListedSession[]> {
    checkNamesUsers(this.#flags);
    return await this.#link.use((connection) =>
      listedSessions(connection, openStore(connection, this.#flags), userId, this.#flags),
    );
  }

  /** Whether a user may have others, which are in no list. */
  get mayBeUnlisted(): boolean {
    return adviceToScan(this.#flags) !== undefined;
  }

  /** Why a user may have none. */
  async adviceWhereNone(): Promise<string | undefined> {
    return await this.#link.use((connection) => adviceWhereNone(connection, this.#flags));
  }

  /** Returns how many it has revoked. */
  async revoke(userId: string, which: Which): Promise<number> {
    checkNamesUsers(this.#flags);
    return await this.#link.use((connection) =>
      withTellingStore(connection, this.#flags, async (store) => {
        if (which.kind === "all") return await store.deleteAll(userId);
        const items = await sessionsOf(connection, store, userId, this.#flags);
        const shown = await Promise.all(items.map(({ handle }) => shownHandle(handle)));
        const named = items[shown.indexOf(which.handle)];
        // Also "the others" of one that has ended meanwhile: all would be signed out.
        if (named === undefined) return 0;
        let revoked = 0;
        for (const { handle } of which.kind === "one" ? [named] : items.filter((item) => item !== named)) {
          if ((await store.revoke(userId, handle)) !== null) revoked++;
        }
        return revoked;
      }),
    );
  }
}
