// A running SvelteKit: requests go through its own server, with its own cookies, hooks, form actions and streaming.
import { fileURLToPath } from "node:url";
import type { Handle, RequestEvent } from "@sveltejs/kit";
import { kits } from "../fixtures/kits.js";

export { kits };

/** What the application does for one request; what is left out answers nothing. */
export interface Visit {
  readonly handle?: Handle | undefined;
  readonly endpoint?: (event: RequestEvent) => Promise<Response> | Response;
  readonly load?: (event: RequestEvent) => unknown;
  readonly action?: (event: RequestEvent) => unknown;
}

interface Server {
  init(options: { env: Record<string, string> }): Promise<void>;
  respond(request: Request, options: { getClientAddress(): string }): Promise<Response>;
}

/** So that of two sessions it can be said which was used last. */
export async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve));
}

const visits = new Map<string, Visit>();

/** What a browser is to have done, which sends no headers of a test's: it names the visit in the address. */
const byAddress = (event: RequestEvent): Visit | undefined => visits.get(event.url.searchParams.get("visit") ?? "");

/** Headers with which a request of the application to itself does this. */
export function planned(visit: Visit): { "x-visit": string } {
  const id = crypto.randomUUID();
  visits.set(id, visit);
  return { "x-visit": id };
}

Object.assign(globalThis, {
  kitTests: {
    of: (event: RequestEvent): Visit =>
      visits.get(event.request.headers.get("x-visit") ?? "") ?? byAddress(event) ?? {},
  },
});

const servers = new Map<string, Promise<Server>>();

/** The application's own server, which is started once. */
export function serverOf(kit: string): Promise<Server> {
  let server = servers.get(kit);
  if (server === undefined) {
    server = start(kit);
    servers.set(kit, server);
  }
  return server;
}

async function start(kit: string): Promise<Server> {
  const output = (file: string): string =>
    fileURLToPath(new URL(`../fixtures/${kit}/.svelte-kit/output/server/${file}.js`, import.meta.url));
  const { Server } = (await import(/* @vite-ignore */ output("index"))) as {
    Server: new (manifest: unknown) => Server;
  };
  const { manifest } = (await import(/* @vite-ignore */ output("manifest"))) as { manifest: unknown };
  const server = new Server(manifest);
  await server.init({ env: {} });
  return server;
}

/** A browser's cookies, and what it asks for. */
export class Visitor {
  readonly cookies: Map<string, string> = new Map();
  /** What is sent in place of the cookies. */
  cookieHeader: string | undefined;
  /** The `Set-Cookie` headers of the last response. */
  setCookies: string[] = [];
  readonly #kit: string;
  readonly #origin: string;

  constructor(kit = "kit-2", origin = "https://app.example") {
    this.#kit = kit;
    this.#origin = origin;
  }

  /** Has the endpoint or the page do something. With a form, sends it to the page's action. */
  async visit(path: string, visit: Visit, form?: Record<string, string>): Promise<Response> {
    const all = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const cookie = this.cookieHeader ?? all;
    const request = new Request(this.#origin + path, {
      headers: { ...planned(visit), accept: "text/html", origin: this.#origin, ...(cookie === "" ? {} : { cookie }) },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    const server = await serverOf(this.#kit);
    const response = await server.respond(request, { getClientAddress: () => "192.0.2.1" });
    this.setCookies = response.headers.getSetCookie();
    for (const header of this.setCookies) this.#keep(header);
    return response;
  }

  /** Runs code inside a request, and returns what it returns. */
  async inRequest<Answer>(run: (event: RequestEvent) => Promise<Answer> | Answer, handle?: Handle): Promise<Answer> {
    let outcome: { value: Answer } | { error: unknown } | undefined;
    await this.visit("/test", {
      handle: handle ?? (({ event, resolve }) => resolve(event)),
      async endpoint(event) {
        try {
          outcome = { value: await run(event) };
        } catch (error) {
          outcome = { error };
        }
        return new Response("done");
      },
    });
    if (outcome === undefined) throw new Error("the request did not reach the endpoint");
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  #keep(header: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
    if (/;\s*max-age=0(;|$)/i.test(header)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
