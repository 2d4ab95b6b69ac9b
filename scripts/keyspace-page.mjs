// Holds docs/keyspace.md against what Redis is asked: a block ```redis <name> there says what one operation sends.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";

/** What is no command of the protocol: asking the time, naming a script, and what clients say of themselves. */
const silent = new Set(["time", "evalsha", "eval", "script", "ping", "info"]);

/**
 * The blocks of the page. Their titles are `<layout or adapter>: <operation>`, and so are these maps.
 *
 * @returns {Readonly<Record<string, Readonly<Record<string, string>>>>}
 */
export function pageBlocks() {
  const page = readFileSync(new URL("../docs/keyspace.md", import.meta.url), "utf8");
  /** @type {Record<string, Record<string, string>>} */
  const blocks = {};
  for (const [, of = "", name = "", block = ""] of page.matchAll(/^```redis (.+?): (.+)\n([\s\S]*?)\n```$/gm)) {
    blocks[of] = { ...blocks[of], [name]: block };
  }
  return blocks;
}

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
