import { Command, InvalidArgumentError } from "commander";
import { connect } from "../connect.js";
import { Interruption } from "../interruption.js";
import {
  type CommonOptions,
  layoutOf,
  type StreamFlags,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
  withStreamOptions,
} from "../options.js";
import type { UserFlags } from "../sessions-of-user.js";
import { Terminal } from "../terminal.js";

interface ConsoleOptions extends CommonOptions, UserFlags, StreamFlags {
  readonly port: number;
}

/** `console`: a page to look at and to revoke with. */
export function consoleCommand(): Command {
  const command = new Command("console")
    .description("a page for this machine's browser: counts, a user's sessions, what the doctor finds")
    .option("--port <port>", "of 127.0.0.1; 0: a free one", toPort, 0)
    .addHelpText("after", "\nExample:\n  redis-keyspace console --preset lucia --port 7380");
  return withStreamOptions(withScanOptions(withLayoutOptions(withCommonOptions(command)))).action(
    async (options: ConsoleOptions) => {
      using interruption = new Interruption();
      const terminal = new Terminal(options);
      // What is wrong with the options is said before anything else.
      layoutOf(options);
      const connection = await connect(options);
      // Its libraries are loaded by nobody else.
      const { serveConsole } = await import("../console/serve.js");
      await serveConsole(connection, {
        flags: options,
        port: options.port,
        signal: interruption.signal,
        onListening: (url) => {
          terminal.result({ url });
          terminal.line(`Console of ${connection.name}, for this machine:\n`);
          terminal.line(`  ${url}\n`);
          terminal.line("Whoever has this address can revoke sessions. Ctrl-C ends it.");
        },
      });
    },
  );
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}
