/** What Redis said. Integers are their digits, so that 64 bits of them survive; strings are bytes. */
export type Reply = null | string | Buffer | Error | Reply[];

/** Integers are numbers, strings are UTF-8 text or base64. */
function toJson(reply: Reply, base64: boolean): string {
  if (Buffer.isBuffer(reply) && reply.equals(ok)) return '"OK"';
  return nested(reply, base64);
}

function nested(reply: Reply, base64: boolean): string {
  if (reply === null) return "null";
  if (typeof reply === "string") return reply;
  if (Array.isArray(reply)) return `[${reply.map((element) => nested(element, base64)).join(",")}]`;
  const bytes = reply instanceof Error ? Buffer.from(reply.message) : reply;
  return base64 ? `"${bytes.toString("base64")}"` : JSON.stringify(bytes.toString());
}

/** `{"result":…}`, or `{"error":"…"}`, which is never encoded. */
export function toEnvelope(reply: Reply, base64: boolean): string {
  return reply instanceof Error ? errorBody(reply.message) : `{"result":${toJson(reply, base64)}}`;
}

export function errorBody(message: string): string {
  return JSON.stringify({ error: message });
}

/** The reply as Redis would have written it. Of the simple strings only OK can still be told from the others. */
export function toResp2(reply: Reply): Buffer {
  if (reply === null) return Buffer.from("$-1\r\n");
  if (typeof reply === "string") return Buffer.from(`:${reply}\r\n`);
  if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`);
  if (Array.isArray(reply)) return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(toResp2)]);
  if (reply.equals(ok)) return Buffer.from("+OK\r\n");
  return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from("\r\n")]);
}

const ok = Buffer.from("OK");
