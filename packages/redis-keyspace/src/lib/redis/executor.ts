import type { Call } from "../lua/batch.js";
import type { Observer } from "../observe.js";
import { newOperationKey } from "../operation-keys.js";
import type { CommandSignal } from "./command-signal.js";
import type { Driver, RunnableScript, Script, Telling } from "./driver.js";
import { isKeysRefused, KeyspaceError } from "./errors.js";
import { ReadBatcher } from "./read-batcher.js";
import { checkedReply, checkedText, checkedTexts, checkedTextsOrErrors } from "./replies.js";
import { type CommandOptions, TimedCommands } from "./timed-commands.js";
import { WriteBatcher } from "./write-batcher.js";

/** How many keys or members one command names at most: some servers take no more than 3,999 arguments. */
const MAX_ARGUMENTS = 3_900;

export interface ExecutorOptions extends CommandOptions {
  /** Is told of what happens under way. */
  readonly incident?: Observer["incident"];
}

/** Where scripts tell what they have done. */
export interface Teller {
  readonly channel: string;
  readonly telling: Telling;
}

export interface RunOptions {
  /** Whether a short script may go out with others. Default: true. */
  readonly together?: boolean;
  /** Whose record it is about, and whose it was, for what the script tells. Default: nobody's; that it was the owner's. */
  readonly owner?: string | null | undefined;
  readonly formerOwner?: string | null | undefined;
}

/**
 * Runs commands and scripts on one driver, each with a time limit and typed errors. Reads of one turn are one command.
 */
export class Executor {
  readonly driver: Driver;
  readonly incident: Observer["incident"];
  readonly #commands: TimedCommands;
  readonly #reads: ReadBatcher | undefined;
  readonly #writes: WriteBatcher | undefined;
  #teller: Teller | undefined;
  /** The scripts all of whose commands this user may use. */
  readonly #permitted = new WeakSet<Script>();

  constructor(driver: Driver, { incident, ...options }: ExecutorOptions = {}) {
    const commands = new TimedCommands(driver, options);
    this.driver = driver;
    this.incident = incident;
    this.#commands = commands;
    const { batches } = driver;
    if (batches !== undefined) this.#writes = new WriteBatcher(commands, batches);
    if (driver.coalesceReads) {
      this.#reads = new ReadBatcher(
        (key) => this.#get(key),
        (keys) => this.#readTogether(keys),
      );
    }
  }

  /** From now on scripts tell what they have done. */
  tell(teller: Teller): void {
    this.#teller = teller;
  }

  /** How long a command may take. */
  get timeoutMs(): number {
    return this.#commands.timeoutMs;
  }

  /** Whether each command is for one key: on a Cluster, and on a server that has refused keys of several slots. */
  get oneKeyEach(): boolean {
    return this.#commands.oneKeyEach;
  }

  get(key: string): Promise<string | null> {
    if (this.#reads !== undefined && this.oneKeyEach === this.driver.cluster) return this.#reads.get(key);
    return this.#get(key);
  }

  async getMany(keys: readonly string[]): Promise<(string | null)[]> {
    const values: (string | null)[] = [];
    for (let from = 0; from < keys.length; from += MAX_ARGUMENTS) {
      for (const value of await this.#read(keys.slice(from, from + MAX_ARGUMENTS))) {
        if (value instanceof Error) throw value;
        values.push(value);
      }
    }
    return values;
  }

  run<Keys, Args, Outcome>(
    script: RunnableScript<Keys, Args, Outcome>,
    keys: NoInfer<Keys>,
    args: NoInfer<Args>,
    { together = true, owner, formerOwner = owner }: RunOptions = {},
  ): Promise<Outcome> {
    const [keyList, argList] = [script.keysOf(keys), script.argsOf(args)];
    const told = this.#tells(script) ? [...argList, ...this.#told(owner, formerOwner)] : argList;
    const sent = this.#prepare(script, keyList, told);
    return this.#commands.send(
      (signal) => {
        const { incident } = this;
        if (incident !== undefined) signal.onSource = () => incident({ kind: "script-load", script: script.name });
        return this.#send(sent, script.isShort && together, signal);
      },
      sent.keys,
      sent.args,
      (reply) => {
        if (sent.checking) this.#permitted.add(script);
        return script.answerOf(checkedReply(reply));
      },
      (error) => this.#askAgain(script, error),
    );
  }

  /** In the order of the calls. */
  #send(sent: Call, isShort: boolean, signal: CommandSignal): Promise<unknown> {
    if (isShort && this.#writes !== undefined) return this.#writes.run(sent, signal);
    return this.#afterWrites(() => this.driver.run(sent.script, sent.keys, sent.args, signal));
  }

  /** What was asked for before goes out before. */
  #afterWrites<Answer>(send: () => Answer): Answer {
    this.#writes?.flush();
    return send();
  }

  /** What is sent for a script: see `lua/variants.ts`. */
  #prepare<Keys, Args, Outcome>(
    script: RunnableScript<Keys, Args, Outcome>,
    keys: readonly string[],
    args: readonly string[],
  ): { script: Script; keys: readonly string[]; args: readonly string[]; checking: boolean } {
    const { repeats = false, keyPrefix, cluster } = this.driver;
    const watching = cluster && script.makesKeysUp;
    const checking = script.checks && !this.#permitted.has(script);
    const telling = this.#tells(script) ? this.#teller?.telling : undefined;
    const operation = repeats && script.remembers ? newOperationKey(keys[0] as string, keyPrefix) : null;
    if (operation === null) {
      const plain = !checking && !watching && telling === undefined;
      return { script: plain ? script : script.variant({ checking, watching, telling }), keys, args, checking };
    }
    return {
      script: script.variant({ remembering: true, checking, watching, telling }),
      keys: [...keys, operation],
      // Nobody waits for an answer longer than the limit, nor does a client repeat what nobody waits for much later.
      args: [...args, String(2 * this.timeoutMs)],
      checking,
    };
  }

  #tells(script: { readonly tells: Telling | undefined }): boolean {
    return this.#teller !== undefined && (script.tells === "ends" || script.tells === this.#teller.telling);
  }

  /** See `lua/variants.ts`. */
  #told(owner: string | null | undefined, formerOwner: string | null | undefined): readonly string[] {
    const owners = `${JSON.stringify(owner ?? "")},${JSON.stringify(formerOwner ?? "")}`;
    return [(owner === formerOwner ? "=" : "~") + owners, this.#teller?.channel ?? ""];
  }

  /** Somebody has changed what this user may do. */
  #askAgain(script: Script, error: unknown): void {
    if (error instanceof KeyspaceError && error.code === "ERR_REDIS_DENIED") this.#permitted.delete(script);
  }

  /** `null`: this server or client cannot. */
  membersWithValues(key: string, pattern: string): Promise<(string | null)[] | null> {
    const { driver } = this;
    if (driver.membersWithValues === undefined) return Promise.resolve(null);
    return this.#commands.send(async () => {
      try {
        return checkedTexts(await this.#afterWrites(() => driver.membersWithValues?.(key, pattern)));
      } catch (error) {
        if (error instanceof Error && cannotSort.test(error.message)) return null;
        throw error;
      }
    }, [key]);
  }

  async *scan(pattern: string): AsyncIterable<readonly string[]> {
    const pages = this.driver.scan(pattern)[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#commands.send(() => pages.next(), []);
      if (page.done === true) return;
      yield page.value;
    }
  }

  #get(key: string): Promise<string | null> {
    return this.#commands.send(() => this.#afterWrites(() => this.driver.get(key)), [key], [], checkedText);
  }

  #readTogether(keys: readonly string[]): Promise<readonly (string | null | Error)[]> {
    this.incident?.({ kind: "batch", reads: keys.length });
    return this.#read(keys);
  }

  async #read(keys: readonly string[]): Promise<readonly (string | null | Error)[]> {
    const [first] = keys;
    if (first === undefined) return [];
    if (keys.length === 1) return [await this.#get(first)];
    if (!this.oneKeyEach || this.driver.cluster) {
      try {
        return await this.#commands.send(
          () => this.#afterWrites(() => this.driver.getMany(keys)),
          keys,
          [],
          (reply) => checkedTextsOrErrors(reply, keys.length, (error) => this.#commands.errorOf(error, keys)),
        );
      } catch (error) {
        if (!isKeysRefused(error)) throw error;
      }
    }
    return await Promise.all(keys.map((key) => this.#get(key).catch((error: Error) => error)));
  }
}

/** Unknown before Redis 7, a syntax error on Dragonfly, and denied to users who may not read every key. */
const cannotSort = /unknown command|syntax error|denied|NOPERM|permission/i;
