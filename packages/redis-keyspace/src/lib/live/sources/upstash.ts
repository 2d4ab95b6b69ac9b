import type { Requester } from "../../redis/upstash-requests.js";
import { platform } from "../../runtime.js";
import type { Source, SourceListener } from "../source.js";
import { AskingSource, type Connection } from "./asking.js";

/** The part of an `@upstash/redis` client (1.34.5 to 1.39) by which it is known. */
export interface UpstashStreamClient {
  subscribe(channels: string[]): unknown;
}

/** What `subscribe` of the client sends, whose answers it takes for JSON. */
interface StreamRequest {
  readonly path: string[];
  readonly body: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly isStreaming: true;
  readonly signal: unknown;
  onMessage(line: string): void;
}

interface Streaming {
  request(request: StreamRequest): Promise<unknown>;
}

/** Of messages, by one HTTP request for each channel that does not end. Nobody says when one does. */
export function upstashSource(client: UpstashStreamClient, listener: SourceListener): Source {
  const { client: requester } = client as unknown as { readonly client?: Requester & Streaming };
  if (requester === undefined)
    throw new TypeError('option "client" must be an @upstash/redis client, from 1.34.5 to 1.39');
  return new AskingSource(listener, () => connection(requester, listener));
}

function connection(requester: Streaming, listener: SourceListener): Connection {
  let present = new platform.AbortController();
  return {
    kind: "messages",
    state: () => "ready",
    ask({ channels }) {
      present.abort();
      present = new platform.AbortController();
      return Promise.all(channels.map((channel) => subscribe(requester, channel, present.signal, listener)));
    },
    async leave() {
      present.abort();
    },
  };
}

/** Resolves when it is subscribed. */
function subscribe(requester: Streaming, channel: string, signal: unknown, listener: SourceListener): Promise<void> {
  const heading = `message,${channel},`;
  return new Promise((resolve, reject) => {
    requester
      .request({
        path: ["subscribe", encodeURIComponent(channel)],
        body: [],
        headers: { Accept: "text/event-stream", "Cache-Control": "no-cache", Connection: "keep-alive" },
        isStreaming: true,
        signal,
        onMessage(line) {
          if (line.startsWith("subscribe,")) resolve();
          else if (line.startsWith(heading)) listener.onMessage(channel, line.slice(heading.length));
        },
      })
      .catch(reject);
  });
}
