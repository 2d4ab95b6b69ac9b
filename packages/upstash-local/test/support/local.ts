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
