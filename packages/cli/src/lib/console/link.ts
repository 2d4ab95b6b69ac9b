import { setTimeout as wait } from "node:timers/promises";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { toCliError } from "../redis-errors.js";

const PATIENCE_MS = 3000;

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
   * Does something with Redis, once it answers.
   * @throws {CliError}
   */
  async use<Result>(task: (connection: Connection) => Promise<Result>): Promise<Result> {
    try {
      await this.#answering();
      return await task(this.#connection);
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      const told = toCliError(error, this.name);
      if (told.exitCode === exitCodes.connection) this.#isLost = true;
      throw told;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #answering(): Promise<void> {
    if (this.#isLost) {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined;
      });
      await this.#renewing;
    }
    await inTime(this.#connection.command("PING"), this.name);
  }

  async #renew(): Promise<void> {
    const former = this.#connection;
    this.#connection = await former.duplicate();
    this.#isLost = false;
    await former.close();
  }
}

/** A server that hangs breaks no connection. */
async function inTime(answer: Promise<unknown>, server: string): Promise<void> {
  const waited = new AbortController();
  const late = wait(PATIENCE_MS, undefined, { signal: waited.signal }).then(() => {
    throw new CliError(`${server} does not answer`, exitCodes.connection);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    waited.abort();
    late.catch(() => {});
    answer.catch(() => {});
  }
}
