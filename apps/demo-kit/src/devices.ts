import type { BrowserIcon } from "./icons.js";
import { ago, until } from "./time.js";
import { describeBrowser } from "./user-agent.js";

/** What is remembered of a browser when it signs in. */
export interface Browser {
  readonly userAgent: string;
  readonly address: string;
}

/** A signed-in browser, as its owner sees it. */
export interface Device extends Browser {
  /** Can sign the device out, but not sign in: safe in a page. */
  readonly handle: string;
  readonly current: boolean;
  readonly signedInAt: Date;
  readonly lastSeenAt: Date;
  readonly endsAt: Date;
}

/** A device in words. Those that look the same are numbered. */
export interface ShownDevice {
  readonly handle: string;
  readonly current: boolean;
  /** `Firefox on macOS (2)` */
  readonly name: string;
  readonly icon: BrowserIcon;
  /** Whether it was not seen for a week. */
  readonly quiet: boolean;
  readonly details: readonly Detail[];
}

export interface Detail {
  readonly term: string;
  readonly text: string;
  /** The instant that the text is about. */
  readonly at?: Date;
}

/** A sixth sign-in ends the session that would have ended first. */
export const MAX_DEVICES = 5;

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

/** Whether a visit is to be noted: one write a minute at most. */
export function isDue(lastSeenAt: Date): boolean {
  return Date.now() - lastSeenAt.getTime() >= MINUTE_MS;
}

/** This device first, then the most recently seen. */
export function byRecency(a: Device, b: Device): number {
  return Number(b.current) - Number(a.current) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime();
}

/** The devices of a page, in the order in which they come. */
export function shownDevices(devices: readonly Device[]): ShownDevice[] {
  const bySignIn = [...devices].sort((a, b) => a.signedInAt.getTime() - b.signedInAt.getTime());
  const named = new Map<string, Device[]>();
  for (const device of bySignIn) {
    const { name } = describeBrowser(device.userAgent);
    named.set(name, [...(named.get(name) ?? []), device]);
  }
  return devices.map((device) => {
    const { name, icon } = describeBrowser(device.userAgent);
    const alike = named.get(name) ?? [];
    return {
      handle: device.handle,
      current: device.current,
      name: alike.length > 1 ? `${name} (${alike.indexOf(device) + 1})` : name,
      icon,
      quiet: !device.current && Date.now() - device.lastSeenAt.getTime() > WEEK_MS,
      details: [
        { term: "Address", text: device.address },
        { term: "Signed in", text: ago(device.signedInAt), at: device.signedInAt },
        { term: "Last seen", text: ago(device.lastSeenAt), at: device.lastSeenAt },
        { term: "Ends in", text: until(device.endsAt), at: device.endsAt },
      ],
    };
  });
}

/** The browser of a request. What a header says is as long as its sender likes, so it is cut. */
export function browserOf(userAgent: string | null | undefined, address: string | null | undefined): Browser {
  return { userAgent: (userAgent ?? "").slice(0, 300), address: address ?? "unknown" };
}
