import type { StoreClient } from "../executions/choose.js";
import type { RecordStore } from "../record-store.js";
import type { RecordModel } from "../records/record-model.js";
import type { CommonOptions, RecordStoreOptions } from "../store-options.js";

/** How an application has set an adapter up, as far as its keys and values depend on it. */
export interface LayoutOptions extends Pick<CommonOptions, "hashIds" | "codec"> {
  /** What a session's key starts with, as it stands in Redis. Default: the adapter's. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's sessions starts with, where it does not follow from the other. Default: the adapter's. */
  readonly userSessionsPrefix?: string | undefined;
  /** Whose a session is, where the application says it. Default: nobody's. */
  readonly userIdFrom?: ((data: unknown) => string | null | undefined) | undefined;
}

/** Where an adapter's keys are and what is in them, for tools that look at Redis beside it. */
export interface Layout {
  /** The store of its sessions, as `createRecordStore` takes it. */
  readonly sessions: Omit<RecordStoreOptions<unknown>, "record" | "accepts"> & {
    readonly record: RecordModel<unknown>;
  };
  /** What else it keeps. */
  readonly others: readonly OtherKeys[];
  /**
   * Opens the store of its sessions, where that is more than `createRecordStore(client, sessions)`: one that finds what only
   * keys of a legacy package name, or keeps users too.
   */
  readonly open?: ((client: StoreClient, options?: LayoutStoreOptions) => LayoutStore) | undefined;
}

export type LayoutStoreOptions = Pick<CommonOptions, "stream" | "observe">;

/** The sessions of a layout. */
export interface LayoutStore
  extends Pick<RecordStore<unknown>, "list" | "revoke" | "deleteAll" | "deleteByHandle" | "getByHandles" | "onEvent"> {
  /** Removes a user with what belongs to it. A layout without it has no users. */
  deleteUser?(userId: string): Promise<void>;
}

/** Keys that are neither sessions nor indexes of users. */
export interface OtherKeys {
  /** For people: `account`, `verification token`. `user`: records of users, with their e-mail address in `email`. */
  readonly name: string;
  /** As it stands in Redis. It may begin with the prefix of sessions. */
  readonly prefix: string;
  readonly type: "string" | "set" | "zset";
  /** Whether each has to have a TTL. */
  readonly expires: boolean;
}
