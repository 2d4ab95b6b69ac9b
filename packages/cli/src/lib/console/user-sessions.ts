import { shownHandle } from "../handles.js";
import { type LayoutFlags, layoutOf, openUsersStore } from "../options.js";
import { deviceName } from "./device-name.js";
import type { Link } from "./link.js";

/** A session as the page shows it: nothing of it signs in. */
export interface ShownSession {
  /** Signs out, but not in. */
  readonly handle: string;
  readonly device: string | null;
  /** `null`: it ends with its key. */
  readonly endsAt: Date | null;
}

export type Which =
  | { readonly kind: "all" }
  | { readonly kind: "one"; readonly handle: string }
  | { readonly kind: "others"; readonly handle: string };

/** The sessions of the users, for the page. */
export class UserSessions {
  readonly #link: Link;
  readonly #flags: LayoutFlags;

  constructor(link: Link, flags: LayoutFlags) {
    this.#link = link;
    this.#flags = flags;
  }

  /** The most recently used first. */
  async list(userId: string): Promise<ShownSession[]> {
    const { record } = layoutOf(this.#flags).sessions;
    const found = await this.#link.use((connection) => openUsersStore(connection, this.#flags).list(userId));
    return await Promise.all(
      found.map(async ({ handle, session }) => {
        const endsAt = record.expiresAt(session);
        return {
          handle: await shownHandle(handle),
          device: deviceName(session),
          endsAt: endsAt === null ? null : new Date(endsAt),
        };
      }),
    );
  }

  /** Returns how many it has revoked. */
  async revoke(userId: string, which: Which): Promise<number> {
    return await this.#link.use(async (connection) => {
      const store = openUsersStore(connection, this.#flags);
      if (which.kind === "all") return await store.deleteAll(userId);
      let revoked = 0;
      for (const { handle } of await store.list(userId)) {
        const isNamed = (await shownHandle(handle)) === which.handle;
        if (isNamed === (which.kind === "one") && (await store.revoke(userId, handle)) !== null) revoked++;
      }
      return revoked;
    });
  }
}
