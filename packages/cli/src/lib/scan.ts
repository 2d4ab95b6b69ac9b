import { randomUUID } from "node:crypto";
import { CliError } from "./cli-error.js";
import type { Command, Connection, Node } from "./connection.js";
import { exitCodes } from "./exit-codes.js";
import type { Pace } from "./pace.js";
import { isReply } from "./replies.js";

/** Where a scan can go on. A cursor means nothing to another process than the one that gave it. */
export interface ScanPlace {
  /** The processes, and the slots that each of them has. */
  readonly servers: string;
  /** By a master's name; `done`: with none of its keys. */
  readonly cursors: Readonly<Record<string, string>>;
}

/** Keys of one master. */
export interface Page {
  readonly node: Node;
  readonly keys: readonly string[];
  /** Where to go on after these. */
  readonly next: ScanPlace;
  /** About how many keys were looked at for this page. */
  readonly scanned: number;
}

export interface ScanOptions {
  /** As in `MATCH`. */
  readonly pattern: string;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** The `next` of a page, also of an earlier run's: it begins at the first where servers are not those of then. */
  readonly start?: ScanPlace | undefined;
  /** Told that all keys come again: whoever counts begins anew too. */
  readonly onAnew?: (() => void) | undefined;
}

const AT_ONCE = 500;
const CHECK_EVERY_PAGES = 100;

/** How often it goes through all keys before it gives up. */
const PASSES = 5;

const DONE = "done";

/** For what a server does not say: the same while this process runs, and for no other. */
const UNKNOWN = randomUUID();

/**
 * All keys that match, one master after the other. A key may come twice. Where a master was restarted, has failed over or has
 * other slots than when it began, it goes through all of them again. https://redis.io/docs/latest/commands/scan/
 *
 * @throws {CliError} where that goes on and on.
 */
export async function* scan(
  connection: Connection,
  { pattern, pace, signal, start, onAnew }: ScanOptions,
): AsyncGenerator<Page, void, undefined> {
  let pages = 0;
  for (let pass = 1; pass <= PASSES; pass++) {
    const servers = await serversOf(connection);
    const isStill = async (): Promise<boolean> => (await serversOf(connection)) === servers;
    const isOn = pass === 1 && start?.servers === servers;
    let cursors = isOn ? start.cursors : {};
    if (!isOn && (pass > 1 || start !== undefined)) onAnew?.();
    let isSame = true;
    for (const node of connection.nodes()) {
      for (let cursor = cursors[node.name] ?? "0"; isSame && cursor !== DONE; ) {
        await pace.take(AT_ONCE, signal);
        const command: Command = ["SCAN", cursor, "MATCH", pattern, "COUNT", String(AT_ONCE)];
        const [next, keys] = (await node.command(...command)) as [string | number, string[]];
        cursor = String(next) === "0" ? DONE : String(next);
        cursors = { ...cursors, [node.name]: cursor };
        yield { node, keys, next: { servers, cursors }, scanned: AT_ONCE };
        isSame = ++pages % CHECK_EVERY_PAGES !== 0 || (await isStill());
      }
    }
    if (isSame && (await isStill())) return;
  }
  throw new CliError(
    `the servers of ${connection.name} changed again and again while their keys were gone through: some may have been missed`,
    exitCodes.connection,
    { advice: "The same command again, when no server restarts and no slot moves (redis-cli --cluster check)" },
  );
}

/**
 * How much of one table of keys lies before a cursor, from 0 to 1, however the table grows meanwhile: SCAN counts on from the
 * highest bit of a place, so the lowest of its cursor halves the table.
 */
export function shareBefore(cursor: string): number {
  if (cursor === DONE) return 1;
  let share = 0;
  let half = 0.5;
  for (let bits = BigInt(cursor); bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) share += half;
    half /= 2;
  }
  return share;
}

/** Which processes keep the keys, and which slots each of them has. */
async function serversOf(connection: Connection): Promise<string> {
  // What runs behind it is not said, nor to whom its cursors belong.
  if (connection.topology === "upstash") return connection.name;
  await connection.refresh();
  const servers = connection.nodes().map(async (node) => {
    const [, id = UNKNOWN] = /^run_id:(\w+)/m.exec(String(await answer(node, "INFO", "server"))) ?? [];
    return [node.name, id, connection.topology === "cluster" ? await slotsOf(node) : ""].join(" ");
  });
  return (await Promise.all(servers)).sort().join("\n");
}

/**
 * The slots of a master and, of those that are on the move, how many keys it has: they move one by one.
 * https://redis.io/docs/latest/commands/cluster-nodes/
 */
async function slotsOf(node: Node): Promise<string> {
  const nodes = await answer(node, "CLUSTER", "NODES");
  if (typeof nodes !== "string") return JSON.stringify(await answer(node, "CLUSTER", "SLOTS"));
  const mine = nodes.split("\n").find((line) => line.includes("myself")) ?? "";
  const slots = mine.split(" ").slice(8);
  const moving = slots.flatMap((slot) => /^\[(\d+)-/.exec(slot)?.[1] ?? []);
  const counts = moving.map((slot) => answer(node, "CLUSTER", "COUNTKEYSINSLOT", slot));
  return [...slots, ...(await Promise.all(counts))].join(" ");
}

/** `null` where the server refuses. */
async function answer(node: Node, ...command: Command): Promise<unknown> {
  return await node.command(...command).catch((error: unknown) => {
    if (!isReply(error)) throw error;
    return null;
  });
}
