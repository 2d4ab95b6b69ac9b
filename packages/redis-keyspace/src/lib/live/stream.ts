import { randomId } from "../hash.js";
import { beat } from "../lua/beat.js";
import { checkInteger, checkKnown, checkString } from "../options.js";
import { KeyspaceError, redisError } from "../redis/errors.js";
import { microtasksOnly } from "../runtime.js";
import { Heartbeats } from "./heartbeats.js";
import { LiveStore } from "./live-store.js";
import { readMessage } from "./messages.js";
import { NearCache } from "./near-cache.js";
import type { LiveParts, LiveSessions, SessionStream } from "./session-stream.js";
import type { Source } from "./source.js";
import { openSource, type StreamClient } from "./sources/open-source.js";

export interface SessionStreamOptions {
  /**
   * How often a message is sent through the store's client and has to be heard, in milliseconds. One that is not heard
   * before the next is due means that the stream is down: so a silent loss is noticed after twice this. Default: 1000; with
   * `@upstash/redis`, where each is a billed command, 10,000. From 100 to 60,000.
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * What the names of channels start with; the store's `sessionPrefix` follows. Give another one where two databases of one
   * server have stores with the same prefix, because channels are of the server. Default: `redis-keyspace:`.
   */
  readonly channelPrefix?: string | undefined;
}

/**
 * Hears what happens to sessions, for the options `stream` and `cache` of stores, through a client of its own that the
 * caller connects and closes: `client.duplicate()`.
 *
 * With node-redis from 5.9 and `RESP: 3, emitInvalidate: true`, and with ioredis over RESP2, Redis itself tells of every
 * write ([client tracking](https://redis.io/docs/latest/commands/client-tracking/)); with all other clients the scripts of
 * the stores that have a stream tell. See `docs/live.md`.
 *
 * @throws {TypeError} for what is no such client, and naming the option that is wrong.
 *
 * @example
 * const stream = createSessionStream(await client.duplicate({ RESP: 3, emitInvalidate: true }).connect());
 * const sessions = createSessionStore(client, { cache: { stream } });
 */
export function createSessionStream(client: StreamClient, options: SessionStreamOptions = {}): SessionStream {
  checkKnown(options, ["heartbeatMs", "channelPrefix"]);
  if (microtasksOnly) throw new TypeError("a stream needs a process that lives longer than a request");
  const { channelPrefix = "redis-keyspace:" } = options;
  checkString("channelPrefix", channelPrefix);
  if (options.heartbeatMs !== undefined) checkInteger("heartbeatMs", options.heartbeatMs, 100, 60_000);
  return new Stream(client, { heartbeatMs: options.heartbeatMs, channelPrefix });
}

/** A store as the stream knows it. */
interface Opened {
  readonly parts: Pick<LiveParts<unknown, unknown, unknown>, "keyspace" | "userPrefix" | "incident">;
  readonly store: Pick<
    LiveStore<unknown, unknown, unknown>,
    "onMessage" | "onWrite" | "onUserWrite" | "onDown" | "onUp"
  >;
  readonly channel: string;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class Stream implements SessionStream {
  readonly #client: StreamClient;
  readonly #channelPrefix: string;
  readonly #heartbeatMs: number | undefined;
  readonly #source: Source;
  readonly #opened: Opened[] = [];
  readonly #name = randomId();
  readonly #beats: Heartbeats;
  #waiting: Waiting[] = [];
  #isUp = false;
  /** Whether the source says that all is heard. */
  #isConnected = false;
  #isClosed = false;
  /** Why it is down, once that is known. */
  #error: KeyspaceError | undefined;

  constructor(
    client: StreamClient,
    { heartbeatMs, channelPrefix }: { readonly heartbeatMs: number | undefined; readonly channelPrefix: string },
  ) {
    this.#client = client;
    this.#channelPrefix = channelPrefix;
    this.#heartbeatMs = heartbeatMs;
    this.#source = openSource(client, {
      onMessage: (channel, text) => this.#onMessage(channel, text),
      onWrite: (key) => this.#onWrite(key),
      onDown: (cause) => this.#onDown(cause),
      onUp: () => {
        this.#isConnected = true;
        this.#beats.send();
      },
    });
    this.#beats = new Heartbeats(`beat ${this.#name} `, {
      isConnected: () => this.#isConnected,
      heard: () => this.#onUp(),
      missed: (error) => {
        this.#onDown(error);
        this.#source.retry();
      },
    });
  }

  get kind(): SessionStream["kind"] {
    return this.#source.kind;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  ready(): Promise<void> {
    if (this.#isUp) return Promise.resolve();
    if (this.#opened.length === 0) return Promise.reject(new TypeError("a stream is ready when a store has it"));
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#beats.stop();
    this.#onDown(new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the stream is closed"));
    await this.#source.close();
  }

  open<Value, Stored, Cached>(parts: LiveParts<Value, Stored, Cached>): LiveSessions<Stored, Cached> {
    const { client, keyspace, userPrefix, sessions, named } = parts;
    if (this.#isClosed) throw new TypeError(`option "${named("stream")}" is closed`);
    const ofStore: readonly unknown[] = "session" in client ? Object.values(client) : [client];
    if (ofStore.includes(this.#client)) {
      throw new TypeError(`option "${named("stream")}" must have a client of its own: give it client.duplicate()`);
    }
    const store = new LiveStore(parts, cacheOf(parts));
    const channel = this.#channelPrefix + keyspace.recordPrefix;
    this.#opened.push({ parts, store, channel });
    sessions.tell({ channel, telling: this.kind === "tracking" ? "ends" : "all" });
    this.#source.add(channel, keyspace.recordPrefix);
    if (userPrefix !== undefined) this.#source.add(channel, userPrefix);
    // Each channel of Upstash's is a connection of its own.
    const ownChannels = sessions.driver.name === "upstash";
    const beatChannel = ownChannels ? channel : `${this.#channelPrefix}beat:${this.#name}`;
    if (ownChannels || this.#opened.length === 1) {
      this.#source.add(beatChannel, keyspace.recordPrefix);
      this.#beats.add(beatChannel);
    }
    if (this.#opened.length === 1) {
      const everyMs = this.#heartbeatMs ?? (ownChannels ? 10_000 : 1000);
      this.#beats.start(everyMs, async (channel, text) => {
        await sessions.run(beat, { record: keyspace.record("beat") }, { channel, text });
      });
    }
    if (this.#isUp) store.onUp();
    return store;
  }

  #onMessage(channel: string, text: string): void {
    if (this.#beats.hear(channel, text)) return;
    const message = readMessage(text);
    if (message === null) return;
    for (const { store, channel: own } of this.#opened) if (own === channel) store.onMessage(message);
  }

  #onWrite(key: string | null): void {
    for (const { parts, store } of this.#opened) {
      const { userPrefix, keyspace } = parts;
      const { recordPrefix } = keyspace;
      if (key === null) store.onWrite(null);
      // The prefix of sessions may begin with that of users, and not the other way round.
      else if (key.startsWith(recordPrefix)) store.onWrite(key.slice(recordPrefix.length));
      else if (userPrefix !== undefined && key.startsWith(userPrefix)) store.onUserWrite(key.slice(userPrefix.length));
    }
  }

  #onUp(): void {
    if (this.#isUp || this.#isClosed || !this.#isConnected) return;
    this.#isUp = true;
    this.#error = undefined;
    for (const { store } of this.#opened) store.onUp();
    this.#tellState();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #onDown(cause: unknown): void {
    this.#isConnected = false;
    this.#beats.void();
    const error = toError(cause);
    const isNews = this.#isUp || (error !== undefined && error.code !== this.#error?.code);
    this.#isUp = false;
    this.#error = error ?? this.#error;
    for (const { store } of this.#opened) store.onDown();
    if (isNews) this.#tellState();
    if (error !== undefined) for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #tellState(): void {
    const incident = { kind: "stream", state: this.#isUp ? "up" : "down", code: this.#error?.code } as const;
    for (const { parts } of this.#opened) parts.incident?.(incident);
  }
}

function toError(cause: unknown): KeyspaceError | undefined {
  if (cause === undefined || cause instanceof KeyspaceError) return cause;
  const error = redisError(cause, [], { cluster: false, keysAdvice: undefined });
  return error instanceof KeyspaceError
    ? error
    : new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the stream is interrupted", { cause });
}

function cacheOf<Value, Stored, Cached>({
  cache,
  cached,
  keyspace,
}: LiveParts<Value, Stored, Cached>): NearCache<Stored, Cached> | undefined {
  if (cache === undefined) return undefined;
  const { maxEntries = 10_000, maxSize = 16_777_216, maxAgeMs = 5000 } = cache;
  return new NearCache(cached, keyspace.hashesIds, { maxEntries, maxSize, maxAgeMs });
}
