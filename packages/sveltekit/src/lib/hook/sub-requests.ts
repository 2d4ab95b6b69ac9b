import { platform } from "../cookies/platform.js";

interface RequestHeaders {
  has(name: string): boolean;
  set(name: string, value: string): void;
}

/** What `fetch` takes: an address, a `URL`, or a `Request`. */
type SubRequest =
  | string
  | { readonly href: string }
  | { readonly url: string; readonly headers: RequestHeaders; readonly credentials?: unknown };

interface SubRequestInit {
  readonly headers?: unknown;
  readonly credentials?: unknown;
}

interface SubResponse {
  readonly headers: { get(name: string): string | null };
}

/** The part of SvelteKit's `RequestEvent` with which a request makes others. */
export interface FetchingEvent {
  readonly url: { readonly href: string; readonly origin: string };
  fetch(input: SubRequest, init?: SubRequestInit): Promise<SubResponse>;
}

export interface SubRequestHooks {
  /** The session cookie for a request to the same server; `undefined`: SvelteKit's is right. */
  cookie(): string | undefined;
  /** Is shown the answer of the same server. */
  answered(response: SubResponse): Promise<void>;
}

/**
 * Lets the requests that a request makes of its own server (`event.fetch`) have the session as it is now. SvelteKit knows
 * nothing of a cookie that waits for the response.
 */
export function followSubRequests(event: FetchingEvent, { cookie, answered }: SubRequestHooks): void {
  const send = event.fetch;
  const follow = async (input: SubRequest, init?: SubRequestInit): Promise<SubResponse> => {
    if (originOf(input, event.url.href) !== event.url.origin) return await send(input, init);
    const own = cookie();
    const response = await send(input, own === undefined ? init : withCookie(own, input, init));
    await answered(response);
    return response;
  };
  event.fetch = (input, init) => {
    const response = follow(input, init);
    // As in SvelteKit: nobody need wait for an answer, and it must not end the process then.
    response.catch(() => {});
    return response;
  };
}

function originOf(input: SubRequest, base: string): string | null {
  try {
    return new platform.URL(typeof input === "string" ? input : "url" in input ? input.url : input.href, base).origin;
  } catch {
    return null;
  }
}

/** What is written in the request's own `Cookie` header goes before what SvelteKit has. */
function withCookie(cookie: string, input: SubRequest, init: SubRequestInit | undefined): SubRequestInit | undefined {
  if (init?.credentials === "omit") return init;
  if (typeof input === "object" && "headers" in input) {
    if (input.credentials !== "omit" && !input.headers.has("cookie")) input.headers.set("cookie", cookie);
    return init;
  }
  const headers = new platform.Headers(init?.headers);
  if (!headers.has("cookie")) headers.set("cookie", cookie);
  return { ...init, headers };
}
