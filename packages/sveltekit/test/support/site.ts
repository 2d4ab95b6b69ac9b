// The application over HTTP, for browsers, behind a cache that many visitors share.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { planned, serverOf, type Visit } from "./kit.js";

export interface Site {
  readonly origin: string;
  /** The address of a page or endpoint that does this. */
  at(path: string, visit: Visit): string;
  close(): Promise<void>;
}

interface Kept {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** As simple as a cache can be: it gives everybody what says that it is for everybody, cookies and all. */
class SharedCache {
  readonly #kept = new Map<string, Kept>();

  async answer(address: string, ask: () => Promise<Response>): Promise<Response> {
    const kept = this.#kept.get(address);
    if (kept !== undefined) return new Response(kept.body, kept);
    const response = await ask();
    if (!/public|s-maxage/.test(response.headers.get("cache-control") ?? "")) return response;
    const { status, headers } = response;
    const body = new Uint8Array(await response.arrayBuffer());
    this.#kept.set(address, { status, headers: [...headers], body });
    return new Response(body, { status, headers });
  }
}

export async function openSite(kit: string): Promise<Site> {
  const cache = new SharedCache();
  const server = createServer((request, answer) => {
    serve(kit, cache, request, answer).catch((error: unknown) => answer.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A name on which browsers take Secure cookies without TLS.
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    at: (path, visit) => `${origin}${path}?visit=${planned(visit)["x-visit"]}`,
    close: () => closed(server),
  };
}

async function serve(kit: string, cache: SharedCache, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { method = "GET", headers, url = "/" } = request;
  const address = `http://${headers.host}${url}`;
  const given = Object.entries(headers).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const ask = async (): Promise<Response> =>
    (await serverOf(kit)).respond(new Request(address, { method, headers: given }), {
      getClientAddress: () => "192.0.2.1",
    });
  const response = await cache.answer(url, ask);
  for (const [name, value] of response.headers) if (name !== "set-cookie") answer.setHeader(name, value);
  answer.setHeader("set-cookie", response.headers.getSetCookie());
  answer.writeHead(response.status);
  if (response.body === null) answer.end();
  else Readable.fromWeb(response.body as ReadableStream).pipe(answer);
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
