import type { Command, Connection, Node } from "../../connection.js";
import { readFrom } from "../../read-from.js";
import { isReply } from "../../replies.js";

/**
 * Carries out many commands as one: a client takes several times as long over a hundred. ARGV: each command's number of words,
 * and its words.
 */
const together = `
local answers, at = {}, 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  answers[#answers + 1] = redis.pcall(unpack(ARGV, at + 1, last))
  at = last + 1
end
return answers`;

/** Sends commands that read, each with one key behind its name, or for `OBJECT` behind that of the subcommand. */
export class Reader {
  readonly #connection: Connection;
  readonly #denied: Set<string>;
  readonly #isTogether: boolean;

  private constructor(connection: Connection, denied: Set<string>, isTogether: boolean) {
    this.#connection = connection;
    this.#denied = denied;
    this.#isTogether = isTogether;
  }

  /** @param denied Is given the names of the commands that this user may not use. */
  static async open(connection: Connection, denied: Set<string>): Promise<Reader> {
    if (connection.topology !== "standalone" && connection.topology !== "sentinel") {
      return new Reader(connection, denied, false);
    }
    const isTogether = await connection
      .command(
        ...togetherCommand([
          ["EXISTS", "{1}"],
          ["EXISTS", "{2}"],
        ]),
      )
      .then(Array.isArray, () => false);
    return new Reader(connection, denied, isTogether);
  }

  /** For keys of one server. An answer that is an error stands in its place. */
  async read(node: Node, commands: readonly Command[]): Promise<unknown[]> {
    if (commands.length === 0) return [];
    const answers = this.#isTogether
      ? await readTogether(node, commands)
      : await readFrom(this.#connection, node, commands);
    return answers.map((answer, i) => (answer instanceof Error ? this.#reply(answer, commands[i]) : answer));
  }

  /** The same for keys that may be on other servers. */
  async ask(commands: readonly Command[]): Promise<unknown[]> {
    const [node, ...others] = this.#connection.nodes();
    if (node !== undefined && others.length === 0) return await this.read(node, commands);
    return await Promise.all(
      commands.map((command) =>
        this.#connection.command(...command).catch((error: unknown) => this.#reply(error, command)),
      ),
    );
  }

  /** @throws what is no answer of the server. */
  #reply(error: unknown, command: Command | undefined): unknown {
    if (!isReply(error)) throw error;
    if (isDenied(error) && command !== undefined) this.#denied.add(command[0]);
    return error;
  }
}

/** In a script Redis says it in other words. */
function isDenied({ message }: Error): boolean {
  return /^NOPERM|user executing the script can't/.test(message);
}

/** One by one where this user may not use one of the keys. */
async function readTogether(node: Node, commands: readonly Command[]): Promise<unknown[]> {
  try {
    return (await node.command(...togetherCommand(commands))) as unknown[];
  } catch (error) {
    if (!isReply(error)) throw error;
    return await node.pipeline(commands);
  }
}

function togetherCommand(commands: readonly Command[]): Command {
  const keys = new Set(commands.map(([name, first, second]) => (name === "OBJECT" ? second : first) ?? ""));
  const words = commands.flatMap((command) => [String(command.length), ...command]);
  return ["EVAL", together, String(keys.size), ...keys, ...words];
}
