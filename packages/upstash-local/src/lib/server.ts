import { readOptions, type UpstashLocalOptions } from "./options.js";
import { RestServer } from "./rest-server.js";

/** A running server. */
export interface UpstashLocal {
  /** What `@upstash/redis` takes as `url`, e.g. `http://127.0.0.1:8079`. */
  readonly url: string;
  /** What it takes as `token`: the one given, or the random one. */
  readonly token: string;
  /** The port it listens on. */
  readonly port: number;
  /** HTTP requests answered so far, refused ones included. */
  readonly requests: number;
  /** Commands sent to Redis so far: what Upstash would bill. */
  readonly commands: number;
  /** Stops listening, ends the event streams, waits for the running requests and disconnects. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves the Upstash Redis REST API over your own Redis.
 *
 * @returns once Redis answers and the port is open
 * @throws TypeError for an option out of its bounds; Error when Redis does not answer or the port is taken
 * @see https://upstash.com/docs/redis/features/restapi
 */
export async function startUpstashLocal(options: UpstashLocalOptions = {}): Promise<UpstashLocal> {
  const settings = readOptions(options);
  const server = new RestServer(settings);
  const port = await server.open();
  const { host, token } = settings;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    token,
    port,
    get requests() {
      return server.requests;
    },
    get commands() {
      return server.commands;
    },
    close: () => server.close(),
  };
}
