import { counted } from "../../words.js";
import { bytes } from "../wording.js";
import type { Server, Servers } from "./server.js";

const LATE_SECONDS = 10;
const BEHIND_BYTES = 10_000_000;

/** Whether replicas could take over, and what would be lost. */
export function checkReplication({ connection, servers, findings }: Servers): void {
  const failsOver = connection.topology === "sentinel" || connection.topology === "cluster";
  for (const server of servers) {
    if (server.get("role") === "slave") {
      findings.add({
        ...{ name: "is-replica", severity: "error", example: server.name },
        what: "This server is a replica: it takes no writes",
        advice: "Give the application the address of the master, or of the Sentinels",
      });
      continue;
    }
    const replicas = server.all("slave").flatMap(([name, line]) => (/^slave\d+$/.test(name) ? [fieldsOf(line)] : []));
    if (replicas.length === 0 && failsOver) {
      findings.add({
        ...{ name: "no-replica", severity: "warning", example: server.name },
        what: "A master has no replica: nobody can take over when it fails",
        advice: "Start one, and look at the log of the one that is gone",
      });
    }
    const late = replicas.filter((replica) => isLate(replica, server));
    if (late.length === 0) continue;
    const behind = Math.max(...late.map((replica) => behindOf(replica, server)));
    findings.add({
      ...{ name: "replica-lags", severity: "warning", count: late.length },
      what: `${counted(late.length, "replica is", "replicas are")} behind (${bytes(behind)}): a failover would undo sign-ins and sign-outs`,
      example: late.map(({ ip, port }) => `${ip}:${port}`)[0] ?? null,
      advice: "Look at the replica's log, its network and its disk. min-replicas-to-write refuses writes meanwhile",
    });
  }
}

type Replica = Readonly<Record<string, string>>;

/** `ip=10.0.0.2,port=6379,state=online,offset=1400,lag=1` */
function fieldsOf(line: string): Replica {
  return Object.fromEntries(line.split(",").map((field) => field.split("=", 2)));
}

function isLate(replica: Replica, server: Server): boolean {
  return (
    replica["state"] !== "online" || Number(replica["lag"]) > LATE_SECONDS || behindOf(replica, server) > BEHIND_BYTES
  );
}

function behindOf(replica: Replica, server: Server): number {
  return Math.max(0, (server.number("master_repl_offset") ?? 0) - Number(replica["offset"] ?? 0));
}
