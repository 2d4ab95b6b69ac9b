import type { Bytes } from "../bytes.js";
import type { MemoryKeyspace } from "../keyspace.js";
import type { Reply } from "../reply.js";

export interface Command {
  /** How many words it has, its name included; negative: at least so many. */
  readonly arity: number;
  readonly run: (keyspace: MemoryKeyspace, ...args: Bytes[]) => Reply;
}

/** Commands by their names. */
export type Commands = Readonly<Record<string, Command>>;
