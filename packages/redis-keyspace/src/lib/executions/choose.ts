import { checkPrefixes, Keyspace, type Prefixes, shareSlot } from "../keyspace.js";
import type { Observer, Topology } from "../observe.js";
import { checkInteger } from "../options.js";
import type { ReadFacts, Reseal } from "../records/record-model.js";
import { type RedisClient, toDriver } from "../redis/detect.js";
import { Executor } from "../redis/executor.js";
import { AtomicExecution } from "./atomic.js";
import type { Execution, SessionLimit } from "./execution.js";
import type { IsSession } from "./room.js";
import { StepwiseExecution } from "./stepwise.js";
import { SwitchingExecution } from "./switching.js";

/** One client for everything, or one for each model. The connections stay the caller's. */
export type StoreClient = RedisClient | { readonly session: RedisClient; readonly userSessions: RedisClient };

/** The means to reach sessions and their indexes. */
export interface Connection {
  readonly sessions: Executor;
  readonly users: Executor;
}

export interface ConnectionOptions {
  readonly commandTimeoutMs?: number | undefined;
  readonly incident?: Observer["incident"];
  /** What an option is called in messages. */
  readonly named: (option: string) => string;
}

export function connect(client: StoreClient, { commandTimeoutMs, incident, named }: ConnectionOptions): Connection {
  if (commandTimeoutMs !== undefined) checkInteger(named("commandTimeoutMs"), commandTimeoutMs, 1, 600_000);
  const open = (name: string, given: RedisClient): Executor =>
    new Executor(toDriver(name, given), { timeoutMs: commandTimeoutMs, incident });
  const isOne = !isSplit(client, named);
  if (isOne || client.session === client.userSessions) {
    const executor = open(named("client"), isOne ? client : client.session);
    return { sessions: executor, users: executor };
  }
  return {
    sessions: open(`${named("client")}.session`, client.session),
    users: open(`${named("client")}.userSessions`, client.userSessions),
  };
}

type SplitClient = Exclude<StoreClient, RedisClient>;

/** @throws {TypeError} for one of the two alone. */
function isSplit(client: StoreClient, named: ConnectionOptions["named"]): client is SplitClient {
  if (typeof client !== "object" || client === null) return false;
  const both = ["session", "userSessions"];
  const missing = both.filter((name) => !(name in client));
  if (missing.length === 1) throw new TypeError(`option "${named("client")}.${missing[0]}" is missing`);
  return missing.length === 0;
}

export function checkStorePrefixes(
  { sessions, users }: Connection,
  { sessionPrefix, ...ofUsers }: Prefixes,
  named: (option: string) => string,
): void {
  const check = (prefixes: object): void => {
    const given = Object.entries(prefixes).filter(([, prefix]) => prefix !== undefined);
    checkPrefixes(Object.fromEntries(given), undefined, named);
  };
  if (sessions === users) {
    check({ sessionPrefix, ...ofUsers });
  } else {
    check({ sessionPrefix });
    check(ofUsers);
  }
}

export interface ExecutionOptions {
  readonly prefixes: Prefixes;
  readonly hashIds: boolean;
  readonly limit: SessionLimit;
  readonly hasHeader: boolean;
  readonly userIdField: string;
  readonly readFacts: ReadFacts;
  readonly isSession: IsSession;
  /** Whether Redis can tell by itself what is a session. */
  readonly isPlain: boolean;
  readonly reseal?: Reseal | undefined;
  readonly topology: "auto" | Topology;
  readonly named: (option: string) => string;
}

/**
 * Atomic where one script can use a record and its index, else stepwise.
 *
 * @throws {TypeError} for `atomic` where a client says that no script can.
 */
export function chooseExecution(
  { sessions, users }: Connection,
  { prefixes, hashIds, isPlain, isSession, topology, named, ...others }: ExecutionOptions,
): { keyspace: Keyspace; execution: Execution } {
  const { cluster, keyPrefix } = sessions.driver;
  const keyspace = new Keyspace(prefixes, { keyPrefix, hashIds });
  const all = Object.values<string | undefined>({ ...prefixes }).filter((prefix) => prefix !== undefined);
  const oneSlot = shareSlot(all.map((prefix) => keyPrefix + prefix));
  const together = sessions === users && (!cluster || oneSlot);
  if (topology === "atomic" && !together) {
    throw new TypeError(
      `option "${named("topology")}" cannot be atomic: it needs one client, and on a Cluster one {hash tag} in all prefixes`,
    );
  }
  const atomic = (): Execution =>
    new AtomicExecution({ executor: sessions, keyspace, isSession: isPlain ? undefined : isSession, ...others });
  const stepwise = (): Execution => new StepwiseExecution({ sessions, users, keyspace, isSession, ...others });
  if (topology === "stepwise" || !together) return { keyspace, execution: stepwise() };
  if (topology === "atomic" || cluster) return { keyspace, execution: atomic() };
  const options = { executor: sessions, keyspace, oneSlot, atomic: atomic(), stepwise };
  return { keyspace, execution: new SwitchingExecution(options) };
}
