import type { Execution } from "../executions/execution.js";
import { toHashedId } from "../keyspace.js";
import { remaining } from "../lua/stepwise/record-scripts.js";
import { isOperationKey } from "../operation-keys.js";
import type { Message } from "./messages.js";
import type { NearCache } from "./near-cache.js";
import { OwnWrites } from "./own-writes.js";
import type {
  EndReason,
  LiveParts,
  LiveSessions,
  SessionEvent,
  SessionWatcher,
  UserWatcher,
} from "./session-stream.js";
import { type Found, Watchers } from "./watchers.js";

const unknown: Found = { kind: "unknown" };

/** A user somebody watches, with what ends the watch of each session that is known. */
interface HeldUser {
  readonly watcher: UserWatcher;
  readonly offs: Map<string, () => void>;
  /** What has ended while a list of the user's sessions was under way, which may be older. */
  readonly lists: Set<Set<string>>;
}

/** What one store has of a stream: its cache, its watchers and those who listen to its events. */
export class LiveStore<Value, Stored, Cached> implements LiveSessions<Stored, Cached> {
  readonly cache: NearCache<Stored, Cached> | undefined;
  readonly execution: Execution;
  readonly #parts: LiveParts<Value, Stored, Cached>;
  readonly #watchers: Watchers;
  readonly #users = new Map<string, Set<HeldUser>>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();

  constructor(parts: LiveParts<Value, Stored, Cached>, cache: NearCache<Stored, Cached> | undefined) {
    this.cache = cache;
    this.execution =
      cache === undefined
        ? parts.execution
        : new OwnWrites(parts.execution, cache, parts.evicts, parts.keyspace.hasLegacySets);
    this.#parts = parts;
    this.#watchers = new Watchers((storedIds) => this.#lookAt(storedIds));
  }

  watch(storedId: string, watcher: SessionWatcher, expiresAt?: number): () => void {
    return this.#watchers.add(storedId, watcher, expiresAt);
  }

  watchUser(userId: string, watcher: UserWatcher): () => void {
    const held: HeldUser = { watcher, offs: new Map(), lists: new Set() };
    const all = this.#users.get(userId);
    if (all === undefined) this.#users.set(userId, new Set([held]));
    else all.add(held);
    this.#findSessions(userId, held);
    return () => {
      const others = this.#users.get(userId);
      others?.delete(held);
      if (others?.size === 0) this.#users.delete(userId);
      for (const off of held.offs.values()) off();
      held.offs.clear();
    };
  }

  onEvent(listener: (event: SessionEvent) => void): () => void {
    const own = (event: SessionEvent): void => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  onMessage({ kind, storedIds, owner, formerOwner }: Message): void {
    for (const storedId of storedIds) this.cache?.forget(storedId);
    const [first = "", second] = storedIds;
    switch (kind) {
      case "user":
        if (owner !== null) this.cache?.forgetUser(owner);
        return;
      case "changed":
        // Its end may be nearer.
        this.#watchers.look(storedIds);
        return;
      case "created":
        this.#begun(owner, storedIds);
        this.#tell(storedIds, (handle) => ({ type: "created", userId: owner, handle }));
        return;
      case "moved":
        for (const storedId of storedIds) this.#watchers.move(storedId, formerOwner, owner);
        this.#begun(owner, storedIds);
        if (formerOwner !== null) this.#tellEnd(storedIds, formerOwner, "replaced");
        if (owner !== null) this.#tell(storedIds, (handle) => ({ type: "created", userId: owner, handle }));
        return;
      case "rotated":
        this.#begun(owner, storedIds.slice(1));
        this.#end([first], owner, kind);
        this.#tellEnd([first], owner, kind, second);
        return;
      default:
        this.#end(storedIds, owner, kind);
        this.#tellEnd(storedIds, owner, kind);
    }
  }

  /** Somebody wrote this record; `null`: anybody may have written any. */
  onWrite(storedId: string | null): void {
    if (storedId === null) {
      this.cache?.clear();
      this.#watchers.lookAtAll();
    } else {
      this.cache?.forget(storedId);
      this.#watchers.look([storedId]);
    }
  }

  /** Somebody wrote what may be this user's record. */
  onUserWrite(userId: string): void {
    if (this.#parts.keyspace.isUserId(userId) && !isOperationKey(userId)) this.cache?.forgetUser(userId);
  }

  onDown(): void {
    this.cache?.turn(false);
  }

  onUp(): void {
    this.cache?.turn(true);
    this.#watchers.lookAtAll();
    for (const [userId, all] of this.#users) for (const held of all) this.#findSessions(userId, held);
  }

  #begun(owner: string | null, storedIds: readonly string[]): void {
    if (owner === null) return;
    for (const held of this.#users.get(owner) ?? []) for (const storedId of storedIds) this.#hold(held, storedId);
  }

  #end(storedIds: readonly string[], owner: string | null, reason: EndReason): void {
    for (const storedId of storedIds) this.#watchers.end(storedId, reason);
    // What a list under way would show, and is not known here yet.
    for (const held of this.#users.get(owner ?? "") ?? []) {
      for (const storedId of storedIds) {
        if ([...held.lists].every((ended) => ended.has(storedId))) continue;
        for (const ended of held.lists) ended.add(storedId);
        this.#withHandle(storedId, (handle) => held.watcher.onEnd(reason, handle));
      }
    }
  }

  #hold(held: HeldUser, storedId: string): void {
    if (held.offs.has(storedId)) return;
    const onEnd = (reason: EndReason): void => {
      held.offs.delete(storedId);
      for (const ended of held.lists) ended.add(storedId);
      this.#withHandle(storedId, (handle) => held.watcher.onEnd(reason, handle));
    };
    held.offs.set(storedId, this.#watchers.add(storedId, { onEnd }));
  }

  /** Where Redis cannot say, the stream comes up again later. */
  #findSessions(userId: string, held: HeldUser): void {
    const { execution, records } = this.#parts;
    const ended = new Set<string>();
    held.lists.add(ended);
    execution.list(userId).then(
      (found) => {
        held.lists.delete(ended);
        if (this.#users.get(userId)?.has(held) !== true) return;
        for (const [storedId, value] of found) {
          if (!records.isFormer(value) && !ended.has(storedId)) this.#hold(held, storedId);
        }
      },
      () => held.lists.delete(ended),
    );
  }

  async #lookAt(storedIds: readonly string[]): Promise<Found[]> {
    const { sessions, keyspace } = this.#parts;
    const keys = storedIds.map((storedId) => keyspace.record(storedId));
    // One that cannot be read holds up no other.
    const texts = await sessions
      .getMany(keys)
      .catch(() => Promise.all(keys.map((key) => sessions.get(key).catch(() => undefined))));
    const find = (storedId: string, text: string | null | undefined): Promise<Found> =>
      text === undefined ? Promise.resolve(unknown) : this.#found(storedId, text).catch(() => unknown);
    return await Promise.all(storedIds.map((storedId, i) => find(storedId, texts[i])));
  }

  async #found(storedId: string, text: string | null): Promise<Found> {
    const { sessions, keyspace, records } = this.#parts;
    if (text === null) return { kind: "gone" };
    if (records.isFormer(text)) return { kind: "former" };
    const record = await records.decode(text, storedId);
    if (record === null) return { kind: "gone" };
    const owner = records.model.userId(record);
    const deadline = records.deadlineOf(record);
    if (deadline !== null) return { kind: "live", owner, deadline };
    const { number: left } = await sessions.run(remaining, { record: keyspace.record(storedId) }, {});
    if (left === -2) return { kind: "gone" };
    return { kind: "live", owner, deadline: left < 0 ? Number.POSITIVE_INFINITY : Date.now() + left };
  }

  #tellEnd(
    storedIds: readonly string[],
    userId: string | null,
    reason: Exclude<EndReason, "expired">,
    next?: string,
  ): void {
    if (next === undefined) this.#tell(storedIds, (handle) => ({ type: "ended", userId, handle, reason }));
    else
      this.#withHandle(next, (successor) =>
        this.#tell(storedIds, (handle) => ({ type: "ended", userId, handle, reason, successor })),
      );
  }

  #tell(storedIds: readonly string[], event: (handle: string) => SessionEvent): void {
    if (this.#listeners.size === 0) return;
    for (const storedId of storedIds) {
      this.#withHandle(storedId, (handle) => {
        for (const listener of this.#listeners) harmless(() => listener(event(handle)));
      });
    }
  }

  /** Never an id. */
  #withHandle(storedId: string, use: (handle: string) => void): void {
    const handle = this.#parts.keyspace.hashesIds ? storedId : toHashedId(storedId);
    if (typeof handle === "string") harmless(() => use(handle));
    else handle.then((known) => harmless(() => use(known))).catch(() => {});
  }
}

/** What a listener throws is its own affair. */
function harmless(tell: () => unknown): void {
  try {
    const told = tell();
    if (told instanceof Promise) told.catch(() => {});
  } catch {
    // As above.
  }
}
