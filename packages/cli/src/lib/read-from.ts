import type { Command, Connection, Node } from "./connection.js";
import { isMoved, isWrongType } from "./replies.js";

/** Sends commands that read to a master. What slots on the move have taken elsewhere is read there. */
export async function readFrom(
  connection: Connection,
  node: Node,
  commands: readonly Command[],
): Promise<(unknown | Error)[]> {
  const answers = await node.pipeline(commands);
  for (const [i, command] of commands.entries()) {
    if (isMoved(answers[i])) answers[i] = await connection.command(...command).catch((error: unknown) => error);
  }
  return answers;
}

/**
 * The same where no answer may be missing. `null` for a key of another type.
 *
 * @throws what came in the place of an answer.
 */
export async function readAll(connection: Connection, node: Node, commands: readonly Command[]): Promise<unknown[]> {
  const answers = await readFrom(connection, node, commands);
  return answers.map((answer) => {
    if (isWrongType(answer)) return null;
    if (answer instanceof Error) throw answer;
    return answer;
  });
}
