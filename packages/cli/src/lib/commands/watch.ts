import { once } from "node:events";
import { Command } from "commander";
import colors from "picocolors";
import type { Incident } from "redis-keyspace";
import { createSessionStream, type SessionEvent } from "redis-keyspace/live";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { printable } from "../masks.js";
import {
  type CommonOptions,
  connected,
  type LayoutFlags,
  openStore,
  type StreamFlags,
  withCommonOptions,
  withLayoutOptions,
  withStreamOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { Terminal } from "../terminal.js";

/** `watch`: sessions as they begin and end. */
export function watchCommand(ended: Ended): Command {
  const command = new Command("watch")
    .description("sessions as they begin and end, until Ctrl-C; told by stores that have a stream")
    .addHelpText(
      "after",
      "\nExample:\n  redis-keyspace watch --preset next-auth --json | jq 'select(.userId == \"user-42\")'",
    );
  return withStreamOptions(withLayoutOptions(withCommonOptions(command))).action(
    async (options: CommonOptions & LayoutFlags & StreamFlags) => {
      const terminal = new Terminal(options);
      await connected({ ...options, forever: true }, async (connection) => {
        using interruption = new Interruption();
        const listener = await connection.duplicate();
        const stream = createSessionStream(listener.client, { channelPrefix: options.channelPrefix });
        try {
          let state: "new" | "up" | "down" = "new";
          const tellState = (incident: Incident): void => {
            if (incident.kind !== "stream" || interruption.signal.aborted) return;
            if (incident.state === "up") {
              terminal.note(state === "new" ? "watching; Ctrl-C ends it" : "connected again; watching");
              state = "up";
            } else if (state === "up") {
              terminal.note("the connection is lost: what happens now is not told");
              state = "down";
            }
          };
          openStore(connection, options, { stream, observe: { incident: tellState } }).onEvent((event) =>
            tell(terminal, event),
          );
          await stream.ready();
          await aborted(interruption.signal);
          ended(exitCodes.done);
        } finally {
          await stream.close();
          await listener.close();
        }
      });
    },
  );
}

function tell(terminal: Terminal, event: SessionEvent): void {
  const at = new Date();
  const { type, handle, userId } = event;
  terminal.event({ at: at.toISOString(), ...event });
  const what = type === "created" ? colors.green("created") : `${colors.red("ended")}   ${event.reason}`;
  const next = type === "ended" && event.successor !== undefined ? ` → ${event.successor}` : "";
  const time = colors.dim(at.toTimeString().slice(0, 8));
  const who = userId === null ? colors.dim("nobody") : printable(userId);
  terminal.line(`${time}  ${handle}  ${who}  ${what}${next}`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  // Neither a signal nor a stream that is down keeps a process.
  const keeping = setInterval(() => {}, 60_000);
  if (!signal.aborted) await once(signal, "abort");
  clearInterval(keeping);
}
