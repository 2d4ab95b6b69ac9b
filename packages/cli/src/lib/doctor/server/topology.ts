import type { Layout } from "redis-keyspace/adapter";
import { isReply } from "../../replies.js";
import { counted } from "../../words.js";
import type { Servers } from "./server.js";

/** Whether the server is one that the stores are used to, and what has to be set where it is not. */
export async function checkTopology(checked: Servers, layout: Layout): Promise<void> {
  const { connection, servers, findings } = checked;
  const isOneSlot = shareSlot(layout);
  if (servers.some((server) => server.get("cluster_enabled") === "1")) await checkSlots(checked);
  if (connection.topology === "cluster") {
    findings.add({
      ...{ name: "cluster", severity: "note", count: servers.length },
      what: `This is a Cluster of ${servers.length} masters${isOneSlot ? "; all keys of these prefixes are on one of them" : ""}`,
      advice: isOneSlot
        ? "The application needs a Cluster client"
        : "The application needs a Cluster client; each operation takes 3 to 6 round trips, or one with the same {hash tag} in all prefixes",
    });
  } else if (!isOneSlot && (await refusesTwoSlots(checked))) {
    findings.add({
      ...{ name: "checks-slots", severity: "warning", example: servers[0]?.name ?? null },
      what: "One endpoint that checks slots, as a lone server in Cluster mode does: no script may use a session and its user's list",
      advice:
        'Set topology: "stepwise", which saves a refused script after each start, or the same {hash tag} in all prefixes',
    });
  }
}

async function checkSlots({ servers, findings }: Servers): Promise<void> {
  for (const server of servers) {
    const info = String((await server.ask("CLUSTER", "INFO")) ?? "");
    const state = /^cluster_state:(\w+)/m.exec(info)?.[1] ?? "ok";
    const failing = Number(/^cluster_slots_fail:(\d+)/m.exec(info)?.[1] ?? 0);
    const assigned = Number(/^cluster_slots_assigned:(\d+)/m.exec(info)?.[1] ?? 16_384);
    if (state === "ok" && failing === 0 && assigned === 16_384) continue;
    const missing = failing + 16_384 - assigned;
    findings.add({
      ...{ name: "cluster-down", severity: "error", example: server.name },
      what: `The Cluster does not answer for ${counted(missing, "slot")} of 16,384: cluster_state is ${state}`,
      advice: "redis-cli --cluster check, and --cluster fix once the masters are back",
    });
    return;
  }
}

/** A script that does nothing, with two keys in two slots. */
async function refusesTwoSlots({ connection }: Servers): Promise<boolean> {
  try {
    await connection.command("EVAL", "return 1", "2", "{1}", "{2}");
    return false;
  } catch (error) {
    if (!isReply(error)) throw error;
    return /CROSSSLOT|same slot/i.test(error.message);
  }
}

function shareSlot({ sessions }: Layout): boolean {
  const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix = sessionPrefix } = sessions;
  const [first, ...others] = [sessionPrefix, userSessionsPrefix, legacyIndexPrefix].map(
    (prefix) => /\{([^}]+)\}/.exec(prefix)?.[1],
  );
  return first !== undefined && others.every((tag) => tag === first);
}
