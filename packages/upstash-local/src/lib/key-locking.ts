import { createHash } from "node:crypto";
import type { RedisCommand } from "./commands.js";

/** Upstash's own flag, which Redis refuses: the script locks its keys alone. Redis runs one script at a time anyway. */
const flag = "allow-key-locking";

/** How many scripts are remembered: a script that is forgotten is sent again as text. */
const MOST = 1_000;

/**
 * Makes scripts with Upstash's flag scripts of Redis's, as those of `@upstash/ratelimit`. A caller names a script by the
 * hash of the text that it sent; Redis knows another.
 *
 * https://redis.io/docs/latest/develop/programmability/eval-intro/#eval-flags
 */
export class KeyLockingScripts {
  readonly #hashes = new Map<string, string>();

  translated(command: RedisCommand): RedisCommand {
    const { name, args } = command;
    const [first, ...rest] = args;
    if (name === "EVAL" || name === "EVAL_RO") return { name, args: [this.#text(first), ...rest].filter(isGiven) };
    if (name === "EVALSHA" || name === "EVALSHA_RO")
      return { name, args: [this.#hash(first), ...rest].filter(isGiven) };
    if (name !== "SCRIPT" || first === undefined) return command;
    const subcommand = String(first).toUpperCase();
    if (subcommand === "LOAD") return { name, args: [first, ...rest.map((text) => this.#text(text))].filter(isGiven) };
    if (subcommand === "EXISTS")
      return { name, args: [first, ...rest.map((hash) => this.#hash(hash))].filter(isGiven) };
    return command;
  }

  #hash<Word extends string | Buffer | undefined>(hash: Word): Word | string {
    return this.#hashes.get(String(hash).toLowerCase()) ?? hash;
  }

  #text<Word extends string | Buffer | undefined>(given: Word): Word | string {
    const text = String(given ?? "");
    const [line = ""] = text.split("\n", 1);
    const flags = /^#!lua\b.*\bflags=(\S+)/.exec(line)?.[1]?.split(",");
    if (flags === undefined || !flags.includes(flag)) return given;
    const kept = flags.filter((one) => one !== flag);
    // Without a first line it is a script of any Redis; the lines keep their numbers.
    const shebang = kept.length === 0 ? "" : `#!lua flags=${kept.join(",")}`;
    const translated = shebang + text.slice(line.length);
    if (this.#hashes.size >= MOST) this.#hashes.clear();
    this.#hashes.set(sha1(text), sha1(translated));
    return translated;
  }
}

function isGiven(word: string | Buffer | undefined): word is string | Buffer {
  return word !== undefined;
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
