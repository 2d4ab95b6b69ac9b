import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Layout } from "redis-keyspace/adapter";
import type { Connection } from "../connection.js";
import { KeyMap } from "../key-map.js";
import { Pace } from "../pace.js";
import { scan } from "../scan.js";
import type { Link } from "./link.js";
import { problemText } from "./problem-text.js";
import { Watched } from "./watched.js";

interface Counts {
  readonly sessions: number;
  /** With a session. */
  readonly users: number;
  /** Used by Redis; `null` where it does not say. */
  readonly memoryBytes: number | null;
  readonly countedAt: Date;
}

export type CountsState =
  | { readonly kind: "counting"; readonly keysSeen: number }
  /** `keysSeen`: by the next count, where it takes long. */
  | { readonly kind: "counted"; readonly counts: Counts; readonly keysSeen: number | null }
  | { readonly kind: "lost"; readonly problem: string };

/** What takes no longer needs no progress. */
const LONG_MS = 1000;

/** How long it rests between two counts: as long as one took, and this at least. Upstash bills each command. */
const restMs = { standalone: 1000, sentinel: 1000, cluster: 1000, upstash: 60_000 };

/** Counts again and again, at a pace that Redis does not mind, while a page looks. */
export class LiveCounts extends Watched<CountsState> {
  readonly #link: Link;
  readonly #keyMap: KeyMap;
  readonly #rate: number;
  #ending = new AbortController();
  #resting = new AbortController();
  /** When it counts again, also for a page that is loaded anew. */
  #dueAt = 0;

  constructor(link: Link, layout: Layout, rate: number) {
    super({ kind: "counting", keysSeen: 0 });
    this.#link = link;
    this.#keyMap = new KeyMap(layout);
    this.#rate = rate;
  }

  override watch(watcher: () => void): () => void {
    const off = super.watch(watcher);
    if (this.watchers === 1) {
      this.#ending = new AbortController();
      void this.#run(this.#ending.signal);
    }
    return () => {
      off();
      if (this.watchers === 0) this.#ending.abort();
    };
  }

  /** Something has changed: does not rest any longer. */
  soon(): void {
    this.#dueAt = 0;
    this.#resting.abort();
  }

  async #run(ending: AbortSignal): Promise<void> {
    for (;;) {
      await this.#rest(ending);
      if (ending.aborted) return;
      const from = performance.now();
      const state = await this.#link
        .use((connection, signal) => this.#count(connection, AbortSignal.any([ending, signal])))
        .catch((error: unknown): CountsState => ({ kind: "lost", problem: problemText(error) }));
      if (ending.aborted) return;
      this.show(state);
      const now = performance.now();
      const leastMs = restMs[this.#link.topology];
      this.#dueAt = now + (state.kind === "lost" ? leastMs : Math.max(leastMs, now - from));
    }
  }

  async #rest(ending: AbortSignal): Promise<void> {
    this.#resting = new AbortController();
    const signal = AbortSignal.any([ending, this.#resting.signal]);
    await wait(Math.max(this.#dueAt - performance.now(), 0), undefined, { signal }).catch(() => {});
  }

  async #count(connection: Connection, signal: AbortSignal): Promise<CountsState> {
    let [keysSeen, sessions, users] = [0, 0, 0];
    const from = performance.now();
    const pace = await Pace.start(connection, { rate: this.#rate });
    try {
      const onAnew = (): void => {
        [keysSeen, sessions, users] = [0, 0, 0];
      };
      for await (const { keys } of scan(connection, { pattern: "*", pace, signal, onAnew })) {
        for (const key of keys) {
          const kind = this.#keyMap.own(key)?.kind;
          if (kind === "session") sessions++;
          if (kind === "index") users++;
        }
        keysSeen += keys.length;
        this.#showProgress(keysSeen, performance.now() - from);
      }
    } finally {
      await pace.stop();
    }
    const memoryBytes = await memoryOf(connection);
    return { kind: "counted", counts: { sessions, users, memoryBytes, countedAt: new Date() }, keysSeen: null };
  }

  #showProgress(keysSeen: number, tookMs: number): void {
    if (this.state.kind !== "counted") this.show({ kind: "counting", keysSeen });
    else if (tookMs > LONG_MS) this.show({ ...this.state, keysSeen });
  }
}

/** https://redis.io/docs/latest/commands/info/ */
async function memoryOf(connection: Connection): Promise<number | null> {
  const told = await Promise.all(
    connection.nodes().map((node) => node.command("INFO", "memory").then(String, () => "")),
  );
  const used = told.map((info) => Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? Number.NaN));
  const sum = used.reduce((all, bytes) => all + bytes, 0);
  return Number.isNaN(sum) ? null : sum;
}
