import type { Command, Connection } from "../../connection.js";
import { duration } from "../wording.js";
import type { Servers } from "./server.js";

const ASKED = 3;
const FAR_MS = 2000;

/** How far Redis's clock is from this machine's. */
export async function checkClock({ servers, findings }: Servers): Promise<void> {
  for (const server of servers) {
    const ahead = await aheadOf((...command) => server.ask(...command));
    if (Math.abs(ahead) < FAR_MS) continue;
    findings.add({
      ...{ name: "clocks-differ", severity: "warning", example: server.name },
      what: `Redis's clock is ${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine's`,
      advice:
        "Run NTP on both. Redis's clock ends sessions; one that an application with a late clock stores can have ended already (ERR_SESSION_EXPIRED)",
    });
  }
}

/** How far the clock of the first server is ahead, in milliseconds. 0 where this user may not ask. */
export async function aheadMs(connection: Connection): Promise<number> {
  const [node] = connection.nodes();
  return await aheadOf(async (...command) => await node?.command(...command).catch(() => undefined));
}

/** The soonest of three answers counts. */
async function aheadOf(ask: (...command: Command) => Promise<unknown>): Promise<number> {
  let best: { readonly tookMs: number; readonly ahead: number } | undefined;
  for (let asked = 0; asked < ASKED; asked++) {
    const sentAt = Date.now();
    const answer = await ask("TIME");
    const tookMs = Date.now() - sentAt;
    if (!Array.isArray(answer)) return 0;
    const redisNow = Number(answer[0]) * 1000 + Number(answer[1]) / 1000;
    if (best === undefined || tookMs < best.tookMs) best = { tookMs, ahead: redisNow - (sentAt + tookMs / 2) };
  }
  return best?.ahead ?? 0;
}
