import type { Layout } from "redis-keyspace/adapter";
import type { Command, Connection, Node } from "../../connection.js";
import { KeyMap, type OwnKey } from "../../key-map.js";
import type { Pace } from "../../pace.js";
import { scan } from "../../scan.js";
import type { Progress } from "../diagnosis.js";
import type { Fault } from "./fault.js";
import { checkIndexes } from "./indexes.js";
import { checkLegacySets, checkOtherKeys } from "./other-keys.js";
import { pieces } from "./pieces.js";
import type { Reader } from "./reader.js";
import { checkSessions } from "./sessions.js";

export interface WalkOptions {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** How far Redis's clock is ahead, in milliseconds. */
  readonly aheadMs: number;
  readonly reader: Reader;
  /**
   * Answers whether to look at these keys again.
   *
   * @param isAgain Whether that was asked for: it counts no more.
   */
  readonly onFault: (fault: Fault, isAgain: boolean) => boolean | Promise<boolean>;
  /** Told that all keys come again. */
  readonly onAnew: () => void;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** One of our keys. */
export type Key = OwnKey & { readonly key: string };

const nothing = { keys: 0, sessions: 0, owned: 0, indexes: 0, entries: 0 };

/** Goes through all keys and looks at those of an application. It keeps nothing but numbers. */
export class Walk {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly map: KeyMap;
  /** All keys, those of sessions, those with an owner among them, lists, and entries of lists. */
  readonly counts: typeof nothing = { ...nothing };
  readonly #options: WalkOptions;
  readonly #reader: Reader;
  #faults: Fault[] = [];

  constructor(options: WalkOptions) {
    this.connection = options.connection;
    this.layout = options.layout;
    this.map = new KeyMap(options.layout);
    this.#options = options;
    this.#reader = options.reader;
  }

  /** @throws what the signal says. */
  async run(): Promise<void> {
    const { pace, signal, onProgress } = this.#options;
    const total = await this.#total();
    const onAnew = (): void => {
      Object.assign(this.counts, nothing);
      this.#options.onAnew();
    };
    for await (const { node, keys } of scan(this.connection, { pattern: "*", pace, signal, onAnew })) {
      this.counts.keys += keys.length;
      await this.#look(node, keys);
      onProgress?.({ keys: this.counts.keys, total });
    }
  }

  /** By Redis's clock. */
  now(): number {
    return Date.now() + this.#options.aheadMs;
  }

  /** A key of ours, masked. */
  show(key: string): string {
    return this.map.show(key) ?? "…";
  }

  add(fault: Fault): void {
    this.#faults.push(fault);
  }

  /** See {@link Reader.ask}. */
  ask(commands: readonly Command[]): Promise<unknown[]> {
    return this.#reader.ask(commands);
  }

  /** See {@link Reader.read}. */
  read(node: Node, commands: readonly Command[]): Promise<unknown[]> {
    return this.#reader.read(node, commands);
  }

  async #look(node: Node, keys: readonly string[]): Promise<void> {
    let isOpen = false;
    for (const fault of await this.#faultsOf(node, keys)) {
      if (await this.#options.onFault(fault, false)) isOpen = true;
    }
    if (!isOpen) return;
    for (const fault of await this.#faultsOf(node, keys)) await this.#options.onFault(fault, true);
  }

  async #faultsOf(node: Node, keys: readonly string[]): Promise<Fault[]> {
    const own: Record<OwnKey["kind"], Key[]> = { session: [], index: [], "legacy-set": [], other: [] };
    for (const key of keys) {
      const known = this.map.own(key);
      if (known !== null) own[known.kind].push({ ...known, key });
      else this.#addForeign(key);
    }
    for (const some of pieces(own.session)) await checkSessions(this, node, some);
    for (const some of pieces(own.index)) await checkIndexes(this, node, some);
    for (const some of pieces(own.other)) await checkOtherKeys(this, node, some);
    for (const some of pieces(own["legacy-set"])) await checkLegacySets(this, node, some);
    const faults = this.#faults;
    this.#faults = [];
    return faults;
  }

  #addForeign(key: string): void {
    const foreign = this.map.foreign(key);
    if (foreign === null) return;
    const { prefix, preset } = foreign;
    this.add({ kind: "keys-of-another-preset", example: `${prefix}…`, detail: `${prefix}* (--preset ${preset})` });
  }

  async #total(): Promise<number> {
    const sizes = await Promise.all(this.connection.nodes().map((node) => node.command("DBSIZE").catch(() => 0)));
    return sizes.reduce<number>((sum, size) => sum + Number(size), 0);
  }
}
