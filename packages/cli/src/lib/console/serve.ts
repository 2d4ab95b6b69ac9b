import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { layoutOf, openStore, type StreamFlags } from "../options.js";
import { presets } from "../presets.js";
import type { UserFlags } from "../sessions-of-user.js";
import { createApp } from "./app.js";
import { CheckUp } from "./check-up.js";
import { Link } from "./link.js";
import { LiveCounts } from "./live-counts.js";
import { UserSessions } from "./user-sessions.js";

const LAST_MS = 500;

export interface ServeOptions {
  readonly flags: UserFlags & StreamFlags;
  /** `0`: a free one. */
  readonly port: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told when the page can be opened. */
  readonly onListening: (url: string) => void;
}

/** Serves the console to this machine until the signal. The connection becomes its own. */
export async function serveConsole(connection: Connection, options: ServeOptions): Promise<void> {
  const { flags, port, signal, onListening } = options;
  const layout = layoutOf(flags);
  const link = new Link(connection);
  const token = randomBytes(24).toString("base64url");
  const app = createApp({
    token,
    place: `${connection.name} · ${connection.topology} · ${presets[flags.preset].title}`,
    users: new UserSessions(link, flags),
    counts: new LiveCounts(link, layout, flags.rate),
    checkUp: new CheckUp(link, flags, signal),
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  try {
    // It refuses prefixes that no store takes.
    openStore(connection, flags);
    await listen(server, port);
    onListening(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`);
    if (!signal.aborted) await once(signal, "abort");
    server.close();
    server.closeAllConnections();
  } finally {
    await link.close();
    // A connection that is being made to a server that hangs would keep the process.
    setTimeout(() => process.exit(), LAST_MS).unref();
  }
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const why = code === "EADDRINUSE" ? "is taken" : code === "EACCES" ? "may not be used" : "cannot be used";
    throw new CliError(`port ${port} ${why}`, exitCodes.usage, {
      advice: "Name another with --port, or none for a free one",
      cause: error,
    });
  }
}
