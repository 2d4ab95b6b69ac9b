// The hook on keys of its own, and visitors that go through it.
import type { RequestEvent } from "@sveltejs/kit";
import type { Observation } from "redis-keyspace";
import { createSessionHook, type LocalsSession, type SessionHook, type SessionHookOptions } from "../../src/index.js";
import { inspectShared, unique } from "./clients.js";
import { nextMillisecond, type Visit, Visitor } from "./kit.js";
import { secret } from "./secrets.js";

export interface Data extends Record<string, unknown> {
  name: string;
  visits: number;
}

export type Locals = LocalsSession<Data>;

export const inspector = inspectShared();
export const ada: Data = { name: "Ada", visits: 0 };

/** A hook on the shared Redis, unless the options say otherwise. `operations`: what it did since the last call. */
export function setUp(options: Partial<SessionHookOptions<Data>> = {}) {
  const prefix = unique();
  const seen: Observation[] = [];
  const handle = createSessionHook<Data>({
    client: inspector,
    secret,
    sessionPrefix: `${prefix}:s:`,
    userSessionsPrefix: `${prefix}:u:`,
    observe: (observation) => void seen.push(observation),
    ...options,
  });
  return { handle, prefix, operations: () => seen.splice(0).map(({ operation }) => operation) };
}

/** A visitor whose requests all go through one hook. */
export class Guest extends Visitor {
  readonly #handle: SessionHook<Data>;

  constructor(handle: SessionHook<Data>, kit?: string) {
    super(kit);
    this.#handle = handle;
  }

  session<Answer>(run: (session: Locals, event: RequestEvent) => Promise<Answer> | Answer): Promise<Answer> {
    return this.inRequest((event) => run(sessionOf(event), event), this.#handle);
  }

  /** The endpoint answers with this. */
  answer(endpoint: (event: RequestEvent) => Promise<Response> | Response): Promise<Response> {
    return this.visit("/test", { handle: this.#handle, endpoint });
  }

  page(visit: Visit, form?: Record<string, string>): Promise<Response> {
    return this.visit("/", { handle: this.#handle, ...visit }, form);
  }
}

/** A guest who has signed in, and whose session is due for a renewal. */
export async function signedIn(handle: SessionHook<Data>, kit?: string): Promise<Guest> {
  const guest = new Guest(handle, kit);
  await guest.session((session) => session.signIn("u1", ada));
  await nextMillisecond();
  return guest;
}

export const sessionOf = (event: RequestEvent): Locals => (event.locals as { session: Locals }).session;

export const who = ({ userId, data, unavailable }: Locals) => ({ userId, data, unavailable });
export const nobody = { userId: null, data: null, unavailable: false };
