import { byRecency } from "@redis-keyspace/demo-kit/devices";
import { masked, readable } from "@redis-keyspace/demo-kit/keyspace";
import { ago, until } from "@redis-keyspace/demo-kit/time";
import { describeBrowser, type Screen } from "@redis-keyspace/demo-kit/user-agent";
import type { LocalsSession } from "@redis-keyspace/sveltekit";
import { services } from "./services";
import { type DeviceData, prefixes } from "./session";

/** A device in words. */
export interface ShownDevice {
  /** Can sign the device out, but not sign in: safe in a page. */
  readonly handle: string;
  readonly key: string;
  readonly current: boolean;
  readonly name: string;
  readonly screen: Screen;
  readonly details: readonly (readonly [term: string, text: string])[];
}

/** A key with its tokens shortened. */
export interface ShownKey {
  readonly key: string;
  readonly type: string;
  readonly ttlMs: number | null;
  readonly value: string;
}

export async function devicesOf(session: LocalsSession<DeviceData>): Promise<ShownDevice[]> {
  const found = await session.list();
  return found
    .map(({ handle, current, session: { expiresAt, data } }) => ({
      ...{ handle, current, userAgent: data.userAgent, address: data.address, endsAt: expiresAt },
      signedInAt: new Date(data.signedInAt),
      lastSeenAt: new Date(data.lastSeenAt),
    }))
    .sort(byRecency)
    .map(({ handle, current, userAgent, address, signedInAt, lastSeenAt, endsAt }) => ({
      handle,
      key: prefixes.session + masked(handle),
      current,
      ...describeBrowser(userAgent),
      details: [
        ["Address", address],
        ["Signed in", ago(signedInAt)],
        ["Last seen", ago(lastSeenAt)],
        ["Ends in", until(endsAt)],
      ],
    }));
}

export async function keysOf(userId: string): Promise<ShownKey[]> {
  const keys = await services().storage.keys(prefixes, userId);
  return keys.map(({ key, type, ttlMs, value }) => ({ key: masked(key), type, ttlMs, value: readable(value) }));
}
