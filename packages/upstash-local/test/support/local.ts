import { connect } from "node:net";
import { startUpstashLocal, type UpstashLocal, type UpstashLocalOptions } from "../../src/index.js";

/** A server on a free port, and `ask`: a request with its token. */
export interface Asked extends UpstashLocal {
  ask(
    path: string,
    init?: RequestInit & { headers?: Record<string, string> },
  ): Promise<{ status: number; body: unknown }>;
}

export async function start(redis: string, options: UpstashLocalOptions = {}): Promise<Asked> {
  const local = await startUpstashLocal({ redis, port: 0, ...options });
  return Object.defineProperty(local as Asked, "ask", {
    value: async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${local.token}`, ...(init.headers as Record<string, string>) };
      const response = await fetch(local.url + path, { ...init, headers });
      const text = await response.text();
      const json = response.headers.get("content-type")?.startsWith("application/json") && text !== "";
      return { status: response.status, body: json ? JSON.parse(text) : text };
    },
  });
}

/** A POST with a JSON body. */
export function post(
  body: unknown,
  headers: Record<string, string> = {},
): RequestInit & { headers: Record<string, string> } {
  return { method: "POST", body: JSON.stringify(body), headers };
}

/** Sends a chunked body that never ends, and resolves with what the server answers until it hangs up. */
export function upload({ port, token }: UpstashLocal, bytes: number): Promise<string> {
  const head = `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = bytes === 0 ? "" : `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(head + chunk));
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}
