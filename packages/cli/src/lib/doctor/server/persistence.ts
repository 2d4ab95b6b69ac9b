import type { Servers } from "./server.js";

/** What is left of the sessions after a restart. */
export async function checkPersistence({ connection, servers, findings }: Servers): Promise<void> {
  if (connection.topology === "upstash") return;
  for (const server of servers) {
    const hasLog = server.get("aof_enabled");
    if (hasLog === undefined) continue;
    const failed = ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"].filter(
      (field) => server.get(field) === "err",
    );
    if (failed.length > 0) {
      findings.add({
        ...{ name: "cannot-save", severity: "error", example: server.name },
        what: `Redis cannot write to its disk (${failed.join(", ")}); after that it may refuse all writes`,
        advice: "Look at the disk and at the server's log",
      });
    }
    if (hasLog === "1") continue;
    const snapshots = await server.config("save");
    if (snapshots === "") {
      findings.add({
        ...{ name: "not-persistent", severity: "warning", example: server.name },
        what: "Redis keeps nothing on disk: a restart signs everybody out",
        advice: "CONFIG SET appendonly yes. A master without it must not restart before its replica has taken over",
      });
    } else if (snapshots !== undefined) {
      findings.add({
        ...{ name: "snapshots-only", severity: "note", example: server.name },
        what: `Redis saves snapshots only (save "${snapshots}"): a crash undoes the sign-ins and sign-outs since the last one`,
        advice: "CONFIG SET appendonly yes loses a second at most",
      });
    }
  }
}
