import { byRecency, type ShownDevice, shownDevices } from "@redis-keyspace/demo-kit/devices";
import { masked, readable } from "@redis-keyspace/demo-kit/keyspace";
import type { LocalsSession } from "@redis-keyspace/sveltekit";
import { services } from "./services";
import { type DeviceData, prefixes } from "./session";

/** A device in words, and its key with the token shortened. */
export interface DeviceOfPage extends ShownDevice {
  readonly key: string;
}

/** A key with its tokens shortened. */
export interface ShownKey {
  readonly key: string;
  readonly type: string;
  readonly ttlMs: number | null;
  readonly value: string;
}

export async function devicesOf(session: LocalsSession<DeviceData>): Promise<DeviceOfPage[]> {
  const found = await session.list();
  const devices = found
    .map(({ handle, current, session: { expiresAt, data } }) => ({
      ...{ handle, current, userAgent: data.userAgent, address: data.address, endsAt: expiresAt },
      signedInAt: new Date(data.signedInAt),
      lastSeenAt: new Date(data.lastSeenAt),
    }))
    .sort(byRecency);
  return shownDevices(devices).map((device) => ({ ...device, key: prefixes.session + masked(device.handle) }));
}

export async function keysOf(userId: string): Promise<ShownKey[]> {
  const keys = await services().storage.keys(prefixes, userId);
  return keys.map(({ key, type, ttlMs, value }) => ({ key: masked(key), type, ttlMs, value: readable(value) }));
}
