/**
 * Counts the commands in what a client sends. https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 * @returns {(chunk: Buffer) => number} How many began in this chunk.
 */
export function countCommands() {
  let rest = Buffer.alloc(0);
  let argumentsLeft = 0;

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let commands = 0;
    let at = 0;
    for (;;) {
      const lineEnd = rest.indexOf("\r\n", at);
      if (lineEnd < 0) break;
      const size = Number(rest.toString("latin1", at + 1, lineEnd));
      if (argumentsLeft === 0) {
        argumentsLeft = size;
        commands++;
        at = lineEnd + 2;
        continue;
      }
      const next = lineEnd + 2 + size + 2;
      if (next > rest.length) break;
      argumentsLeft--;
      at = next;
    }
    rest = rest.subarray(at);
    return commands;
  };
}
