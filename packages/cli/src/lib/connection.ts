import type { RedisClient } from "redis-keyspace";
import type { StreamClient } from "redis-keyspace/live";

export type Command = readonly [name: string, ...args: string[]];

/** One server that keeps keys: a master, or the one behind Upstash's address. */
export interface Node {
  /** `host:port`. */
  readonly name: string;
  /** Sends one command. Numbers are safe integers, absence is `null`; rejects with what the server says. */
  command(...command: Command): Promise<unknown>;
  /** Sends many in one go. An answer that is an error stands in its place. */
  pipeline(commands: readonly Command[]): Promise<(unknown | Error)[]>;
}

/** The Redis of a command line. */
export interface Connection {
  readonly topology: "standalone" | "sentinel" | "cluster" | "upstash";
  /** For people, without user and password. */
  readonly name: string;
  /** For `createRecordStore` and `createSessionStream`. */
  readonly client: RedisClient & StreamClient;
  /** All masters, as they were at the last look. */
  nodes(): readonly Node[];
  /** Looks which masters a Cluster has now. */
  refresh(): Promise<void>;
  /** Sends a command with a key to the master that has it. */
  command(...command: Command): Promise<unknown>;
  /** Another of the same, for one who waits or listens. */
  duplicate(): Promise<Connection>;
  close(): Promise<void>;
}
