import type { Command, Connection, Node } from "../../connection.js";
import { isReply } from "../../replies.js";
import type { Findings } from "../finding.js";

/** What the checks of a server are given. */
export interface Servers {
  readonly connection: Connection;
  readonly servers: readonly Server[];
  readonly findings: Findings;
}

/** A server, and what it says of itself: https://redis.io/docs/latest/commands/info/ */
export class Server {
  readonly name: string;
  readonly #node: Node;
  readonly #denied: Set<string>;
  readonly #fields: ReadonlyMap<string, string>;

  private constructor(node: Node, denied: Set<string>, fields: ReadonlyMap<string, string>) {
    this.name = node.name;
    this.#node = node;
    this.#denied = denied;
    this.#fields = fields;
  }

  /** @param denied Is given the names of the commands that the server refuses. */
  static async read(node: Node, denied: Set<string>): Promise<Server> {
    const unread = new Server(node, denied, new Map());
    const texts = [await unread.ask("INFO"), await unread.ask("INFO", "commandstats")];
    const lines = texts.flatMap((text) => (typeof text === "string" ? text.split(/\r?\n/) : []));
    const fields = lines.flatMap((line): [string, string][] => {
      const [, name, value] = /^([\w.|]+):(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
    return new Server(node, denied, new Map(fields));
  }

  /** A field of INFO; `undefined` where the server does not say. */
  get(field: string): string | undefined {
    return this.#fields.get(field);
  }

  number(field: string): number | undefined {
    const value = Number(this.#fields.get(field) ?? "");
    return this.#fields.has(field) && Number.isFinite(value) ? value : undefined;
  }

  /** Fields whose names begin so. */
  all(start: string): [name: string, value: string][] {
    return [...this.#fields].filter(([name]) => name.startsWith(start));
  }

  /** The answer, or `undefined` where the server refuses or does not know the command. */
  async ask(...command: Command): Promise<unknown> {
    try {
      return await this.#node.command(...command);
    } catch (error) {
      if (!isReply(error)) throw error;
      this.#denied.add(/^(CONFIG|ACL|CLUSTER)$/.test(command[0]) ? command.slice(0, 2).join(" ") : command[0]);
      return undefined;
    }
  }

  /** A value of the server's configuration; `undefined` where this user may not ask. */
  async config(name: string): Promise<string | undefined> {
    const answer = await this.ask("CONFIG", "GET", name);
    const value = Array.isArray(answer) ? answer[1] : (answer as Record<string, unknown> | undefined)?.[name];
    return value === undefined ? undefined : String(value);
  }
}
