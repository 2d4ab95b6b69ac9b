import { Command, Redis } from "ioredis";
import { noPermission, onlyReads, type RedisCommand, refusal } from "./commands.js";
import { KeyLockingScripts } from "./key-locking.js";
import type { Settings } from "./options.js";
import type { Reply } from "./reply.js";

/** Redis did not answer: away, or too late. Its message names no address and no secret. */
export class RedisUnavailableError extends Error {
  readonly status: number;

  constructor(status: 503 | 504) {
    super(status === 503 ? "ERR Redis is not available" : "ERR Redis did not answer in time");
    this.status = status;
  }
}

/** One connection for all requests, and what may be sent on it. */
export class RedisConnection {
  readonly client: Redis;
  readonly #infos = new Map<string, Promise<Reply>>();
  readonly #scripts = new KeyLockingScripts();

  constructor({ redis, commandTimeoutMs }: Settings) {
    this.client = new Redis(redis, {
      lazyConnect: true,
      protocol: 2,
      stringNumbers: true,
      commandTimeout: commandTimeoutMs,
      connectTimeout: commandTimeoutMs,
      // A command is sent once or refused: whoever called over HTTP decides about trying again.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Else what was under way when the connection broke would wait for its time limit.
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 50, 1_000),
    });
    // Every command says for itself that Redis is away.
    this.client.on("error", () => {});
  }

  /** @throws Error with the reason, which names an address and never a password */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const failed = ({ message }: Error): void => {
        this.client.disconnect();
        reject(new Error(`Redis is not available: ${message}`));
      };
      this.client.once("error", failed);
      this.client.once("ready", () => {
        this.client.off("error", failed);
        resolve();
      });
      this.client.connect().catch(() => {});
    });
  }

  close(): void {
    this.client.disconnect();
  }

  /** The error that a command meets before Redis does, if any. */
  async refusal(command: RedisCommand, readOnly: boolean): Promise<Error | undefined> {
    const reason = refusal(command);
    if (reason !== undefined || !readOnly) return reason;
    return onlyReads(command, text(await this.#info(command.name))) ? undefined : noPermission(command.name);
  }

  /** @throws RedisUnavailableError; what Redis itself refuses is a reply */
  async send(command: RedisCommand): Promise<Reply> {
    const { name, args } = this.#scripts.translated(onOneDatabase(command));
    try {
      return (await this.client.sendCommand(new Command(name, args))) as Reply;
    } catch (error) {
      if (error instanceof Error && error.name === "ReplyError") return error;
      throw new RedisUnavailableError(error instanceof Error && /timed out/.test(error.message) ? 504 : 503);
    }
  }

  /**
   * MULTI, the commands and EXEC leave in one turn of the event loop, so that no other request comes between them.
   *
   * @returns the reply to each command, or the error that discarded them all
   */
  async transaction(commands: readonly RedisCommand[]): Promise<Reply[] | Error> {
    const all = [{ name: "MULTI", args: [] }, ...commands, { name: "EXEC", args: [] }];
    const replies = await Promise.all(all.map((command) => this.send(command)));
    const outcome = replies.pop();
    if (Array.isArray(outcome)) return outcome;
    const cause = replies.find((reply) => reply instanceof Error) ?? outcome;
    const message = cause instanceof Error ? cause.message : "it was not executed";
    return new Error(`EXECABORT Transaction discarded because of: ${message}`);
  }

  #info(name: string): Promise<Reply> {
    let info = this.#infos.get(name);
    if (info === undefined) {
      info = this.send({ name: "COMMAND", args: ["INFO", name] }).then((reply) =>
        Array.isArray(reply) ? (reply[0] ?? null) : null,
      );
      info.catch(() => this.#infos.delete(name));
      // Names come from outside: the map stays as small as Redis's own table.
      if (this.#infos.size >= 1_000) this.#infos.clear();
      this.#infos.set(name, info);
    }
    return info;
  }
}

/** Upstash has one database. */
function onOneDatabase({ name, args }: RedisCommand): RedisCommand {
  return { name: name === "FLUSHALL" ? "FLUSHDB" : name, args };
}

function text(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(text);
  return Buffer.isBuffer(reply) ? reply.toString() : reply;
}
