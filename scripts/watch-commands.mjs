// What operations send to Redis, as MONITOR sees it, and the pages in docs/commands that say so.
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";

/** What is no command of the protocol: asking the time, naming a script, and what clients say of themselves. */
const silent = new Set(["time", "evalsha", "eval", "script", "ping", "info"]);

/**
 * @param {string} url A server that nobody else speaks to.
 */
export async function watchCommands(url) {
  const client = new Redis(url);
  const watcher = await new Redis(url).monitor();
  /** @type {string[][]} */
  const heard = [];
  watcher.on("monitor", (_time, command) => heard.push(command));

  async function caughtUp() {
    const mark = randomUUID();
    await client.echo(mark);
    while (heard.at(-1)?.[1] !== mark) await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    /**
     * The commands that are sent meanwhile, a line each.
     *
     * @param {() => Promise<unknown>} run
     * @param {(word: string) => string} name What stands on the page in place of a word.
     * @returns {Promise<string>}
     */
    async commandsOf(run, name) {
      await caughtUp();
      heard.length = 0;
      await run();
      await caughtUp();
      return heard
        .slice(0, -1)
        .filter(([command = ""]) => !silent.has(command.toLowerCase()))
        .map(([command = "", ...words]) => [command.toUpperCase(), ...words.map(name)].join(" "))
        .join("\n");
    },
    close() {
      for (const connection of [client, watcher]) connection.disconnect();
    },
  };
}

/**
 * A page of docs/commands: a heading and the commands for each operation.
 *
 * @param {string} title
 * @param {string} about What the operations are and on what keys.
 * @param {Readonly<Record<string, string>>} operations Name to commands.
 */
export function commandsPage(title, about, operations) {
  const sections = Object.entries(operations).map(
    ([name, commands]) => `## ${name}\n\n\`\`\`redis\n${commands}\n\`\`\`\n`,
  );
  const legend =
    "Made by a test from what `MONITOR` shows. `<ms>` is a time in milliseconds since 1970; asking for the time (`TIME`) and naming\n" +
    "a script (`EVALSHA`) are left out.";
  return [`# ${title}\n`, `${about}\n`, `${legend}\n`, ...sections].join("\n");
}
