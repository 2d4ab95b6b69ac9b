import { expect, test } from "vitest";
import { type Device, shownDevices } from "../src/devices.js";
import { firefox, phone } from "../src/testing/visitor.js";

const DAY_MS = 86_400_000;

const device = (handle: string, userAgent: string, ageMs: number): Device => ({
  ...{ handle, userAgent, address: "127.0.0.1", current: false },
  signedInAt: new Date(Date.now() - ageMs),
  lastSeenAt: new Date(Date.now() - ageMs),
  endsAt: new Date(Date.now() + 14 * DAY_MS - ageMs),
});

test("devices that look the same are numbered in the order in which they signed in, wherever they stand", () => {
  const shown = shownDevices([device("new", phone, 0), device("other", firefox, 1_000), device("old", phone, 2_000)]);
  expect(shown.map(({ handle, name }) => [handle, name])).toEqual([
    ["new", "Chrome on Android (2)"],
    ["other", "Firefox on macOS"],
    ["old", "Chrome on Android (1)"],
  ]);
});

test("a device that was not seen for a week is quiet, the current one never", () => {
  const old = device("old", phone, 8 * DAY_MS);
  const shown = shownDevices([{ ...old, current: true }, old, device("new", phone, 6 * DAY_MS)]);
  expect(shown.map(({ quiet }) => quiet)).toEqual([false, true, false]);
});

test.each([
  [firefox, "firefox"],
  [phone, "chrome"],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "safari",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "edge",
  ],
  ["curl/8.0", "other"],
  ["", "other"],
])("%s has the icon of %s", (userAgent, icon) => {
  expect(shownDevices([device("x", userAgent, 0)])[0]?.icon).toBe(icon);
});
