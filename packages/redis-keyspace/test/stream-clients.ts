import type { Redis } from "ioredis";
import { expect, onTestFinished, vi } from "vitest";
import type { Source } from "../src/lib/live/source.js";
import { openSource, type StreamClient } from "../src/lib/live/sources/open-source.js";
import type { UpstashStreamClient } from "../src/lib/live/sources/upstash.js";

export const soon = { timeout: 10_000, interval: 5 };

export interface Heard {
  readonly source: Source;
  readonly messages: string[];
  readonly writes: (string | null)[];
  readonly states: ("up" | "down")[];
  readonly causes: unknown[];
  isUp(): Promise<void>;
}

/** A source and all that it tells. */
export function open(client: StreamClient): Heard {
  const told = { messages: [], writes: [], states: [], causes: [] } as Omit<Heard, "source" | "isUp">;
  const source = openSource(client, {
    onMessage: (channel, text) => told.messages.push(`${channel} ${text}`),
    onWrite: (key) => told.writes.push(key),
    onUp: () => told.states.push("up"),
    onDown(cause) {
      told.states.push("down");
      if (cause !== undefined) told.causes.push(cause);
    },
  });
  onTestFinished(() => source.close());
  return { source, ...told, isUp: () => vi.waitFor(() => expect(told.states.at(-1)).toBe("up"), soon) };
}

/** As whoever opened it does while it is down. */
export async function isUpAgain({ source, states }: Heard): Promise<void> {
  await vi.waitFor(
    () => {
      if (states.at(-1) !== "up") source.retry();
      expect(states.at(-1)).toBe("up");
    },
    { timeout: 20_000, interval: 100 },
  );
}

export const unique = (): string => crypto.randomUUID().slice(0, 8);

/** A message that only JSON or only a list by commas would change. */
const awkward = (n: string): string => `{"n": 12345678901234567890, "is": "é,${n}"}`;

type Writer = Pick<Redis, "set" | "publish">;

/** Everything is heard: a message, and with tracking a write under the prefix, and none elsewhere. */
export async function hears(
  { source, messages, writes }: Heard,
  channel: string,
  prefix: string,
  by: Writer,
): Promise<void> {
  const n = unique();
  await by.set(`${n}:elsewhere`, "1");
  await by.set(`${prefix}é,${n}`, "1", "PX", 60_000);
  await by.publish(channel, awkward(n));
  await vi.waitFor(() => expect(messages).toContain(`${channel} ${awkward(n)}`), soon);
  const expected = source.kind === "tracking" ? [`${prefix}é,${n}`] : [];
  await vi.waitFor(() => expect(writes.filter((key) => key?.includes(n))).toEqual(expected), soon);
}

export type Client = Exclude<StreamClient, UpstashStreamClient> & { listenerCount(event: string): number };

/** Some are ended by the one, some by the other. */
export type Ended = Client & { destroy?(): unknown; disconnect?(): unknown };

export type Connecting = Ended & { connect(): Promise<unknown> };

export function ending<C extends Ended>(client: C): C {
  onTestFinished(async () => {
    await (client.destroy === undefined ? client.disconnect?.() : client.destroy());
  });
  return client;
}

export async function connected<C extends Connecting>(client: C): Promise<C> {
  await ending(client).connect();
  return client;
}

/** A Sentinel or Cluster client, whose errors somebody must listen to when the source is closed. */
export function connectedToMany<C extends Connecting>(client: C): Promise<C> {
  client.on("error", () => {});
  return connected(client);
}
