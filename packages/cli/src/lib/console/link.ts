import { setTimeout as wait } from "node:timers/promises";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { toCliError } from "../redis-errors.js";
import { isReply } from "../replies.js";

/** A server that hangs breaks no connection, so it is asked now and then, and given so much time. */
const PATIENCE_MS = 2000;

/** The Redis of a console, which outlives a connection: where one has given up, the next who asks makes another. */
export class Link {
  #connection: Connection;
  #isLost = false;
  #renewing: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get name(): string {
    return this.#connection.name;
  }

  get topology(): Connection["topology"] {
    return this.#connection.topology;
  }

  /**
   * Does something with Redis, for as long as it answers.
   *
   * @param task Its signal says that nobody waits any more.
   * @throws {CliError}, and what is no matter of Redis's as it is.
   */
  async use<Result>(task: (connection: Connection, signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const over = new AbortController();
    let connection = this.#connection;
    try {
      connection = await this.#inTime(this.#open());
      await this.#inTime(answered(connection));
      const silence = this.#silence(connection, over.signal);
      return await first(task(connection, over.signal), silence);
    } catch (error) {
      // Nothing is wrong with the connection.
      if (error instanceof Error && error.name === "AbortError") throw error;
      const told = toCliError(error, this.name);
      // Another may have renewed it meanwhile.
      if (told.exitCode === exitCodes.connection && connection === this.#connection) this.#isLost = true;
      throw told;
    } finally {
      over.abort();
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #open(): Promise<Connection> {
    if (this.#isLost) {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined;
      });
      await this.#renewing;
    }
    return this.#connection;
  }

  async #renew(): Promise<void> {
    const former = this.#connection;
    this.#connection = await former.duplicate();
    this.#isLost = false;
    await former.close();
  }

  /** Rejects when Redis answers no longer. */
  async #silence(connection: Connection, signal: AbortSignal): Promise<never> {
    for (;;) {
      await wait(PATIENCE_MS, undefined, { signal });
      await this.#inTime(answered(connection));
    }
  }

  async #inTime<Result>(answer: Promise<Result>): Promise<Result> {
    const over = new AbortController();
    const late = wait(PATIENCE_MS, undefined, { signal: over.signal }).then(() => {
      throw new CliError(`${this.name} does not answer`, exitCodes.connection);
    });
    return await first(answer, late).finally(() => over.abort());
  }
}

/** Also by an error: a server that cannot write to its disk says so to every PING. */
async function answered({ command }: Connection): Promise<void> {
  await command("PING").catch((error: unknown) => {
    if (!isReply(error)) throw error;
  });
}

/** What the other says later is nobody's business. */
async function first<Result>(one: Promise<Result>, other: Promise<never>): Promise<Result> {
  for (const promise of [one, other]) promise.catch(() => {});
  return await Promise.race([one, other]);
}
