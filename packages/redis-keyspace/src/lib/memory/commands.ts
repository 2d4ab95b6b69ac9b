import type { Bytes } from "./bytes.js";
import type { Command } from "./commands/command.js";
import { keys } from "./commands/keys.js";
import { sets } from "./commands/sets.js";
import { sortedSets } from "./commands/sorted-sets.js";
import { strings } from "./commands/strings.js";
import type { MemoryKeyspace } from "./keyspace.js";
import { type Reply, ReplyError } from "./reply.js";

/** The commands that the scripts use, with the answers and errors of Redis 7. */
const commands: ReadonlyMap<string, Command> = new Map(Object.entries({ ...strings, ...keys, ...sets, ...sortedSets }));

/** What an error says about a command that cannot be carried out as it is. */
interface Refusals {
  unknown(name: Bytes, args: readonly Bytes[]): string;
  wrongArity(name: Bytes): string;
}

const fromClient: Refusals = {
  unknown: (name, args) =>
    `ERR unknown command '${name}', with args beginning with: ${args.map((arg) => `'${arg}' `).join("")}`,
  wrongArity: (name) => `ERR wrong number of arguments for '${name.toLowerCase()}' command`,
};

export const fromScript: Refusals = {
  unknown: () => "ERR Unknown Redis command called from script",
  wrongArity: () => "ERR Wrong number of args calling Redis command from script",
};

/** @throws {ReplyError} */
export function execute(
  keyspace: MemoryKeyspace,
  name: Bytes,
  args: readonly Bytes[],
  refusals: Refusals = fromClient,
): Reply {
  const command = commands.get(name.toUpperCase());
  if (command === undefined) throw new ReplyError(refusals.unknown(name, args));
  const words = args.length + 1;
  if (command.arity > 0 ? words !== command.arity : words < -command.arity) {
    throw new ReplyError(refusals.wrongArity(name));
  }
  return command.run(keyspace, ...args);
}
