import type { Layout } from "redis-keyspace/adapter";
import type { Connection } from "../../connection.js";
import type { Findings } from "../finding.js";
import { checkClock } from "./clock.js";
import { checkMemory } from "./memory.js";
import { checkPersistence } from "./persistence.js";
import { checkRefusals } from "./refusals.js";
import { checkReplication } from "./replication.js";
import { checkRights } from "./rights.js";
import { Server, type Servers } from "./server.js";
import { checkSlowCommands } from "./slow-commands.js";
import { checkTopology } from "./topology.js";
import { checkVersion } from "./version.js";

export interface CheckServersOptions {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly findings: Findings;
  /** Is given the names of commands that this user may not use. */
  readonly denied: Set<string>;
  /** Masks a key of this application; `null` for what is none. */
  readonly show: (key: string) => string | null;
}

/** All that needs no look at the keys. */
export async function checkServers({ connection, layout, findings, denied, show }: CheckServersOptions): Promise<void> {
  const servers = await Promise.all(connection.nodes().map((node) => Server.read(node, denied)));
  const checked: Servers = { connection, servers, findings };
  checkVersion(checked);
  checkMemory(checked);
  await checkPersistence(checked);
  checkReplication(checked);
  await checkTopology(checked, layout);
  await checkRights(checked, layout);
  await checkClock(checked);
  await checkSlowCommands(checked, show);
  checkRefusals(checked);
}
