import type { Connection } from "../connection.js";
import type { ScanPlace } from "../scan.js";

/** How many sessions came to what. */
export interface Counts {
  found: number;
  /** Moved or adopted. */
  done: number;
  there: number;
  /** Ended by others while they were looked at. */
  gone: number;
  /** Ended before. */
  ended: number;
  /** Neither a TTL nor an end of their own. */
  endless: number;
  /** No sessions. */
  unreadable: number;
}

/** What is done of a migration. */
export interface State {
  /** Places of keys that were looked at. */
  scanned: number;
  readonly counts: Counts;
  /** Where it goes on among sessions and among legacy sets; `null`: at the first. */
  sessions: ScanPlace | null;
  sets: ScanPlace | null;
  /** How many legacy sets were taken over. */
  setsTaken: number;
}

/** How long what is done is remembered, in seconds: a week. */
const REMEMBERED_SECONDS = 604_800;

/** Keeps the state of a migration in the Redis that it is about, so that the same command goes on with it anywhere. */
export class StateStore {
  readonly #connection: Connection;
  readonly #key: string;

  /** @param id The plan's. */
  constructor(connection: Connection, id: string) {
    this.#connection = connection;
    this.#key = `redis-keyspace:migration:${id}`;
  }

  async load(): Promise<State | null> {
    const text = await this.#connection.command("GET", this.#key);
    return typeof text === "string" ? (JSON.parse(text) as State) : null;
  }

  async save(state: State): Promise<void> {
    await this.#connection.command("SET", this.#key, JSON.stringify(state), "EX", String(REMEMBERED_SECONDS));
  }

  async clear(): Promise<void> {
    await this.#connection.command("DEL", this.#key);
  }
}

export function newState(): State {
  return {
    scanned: 0,
    counts: { found: 0, done: 0, there: 0, gone: 0, ended: 0, endless: 0, unreadable: 0 },
    sessions: null,
    sets: null,
    setsTaken: 0,
  };
}
