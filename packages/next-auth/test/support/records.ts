import { randomUUID } from "node:crypto";

/** Auth.js's dates have no milliseconds in its own test kit; ours keep them. */
export const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

export function newUser(change: object = {}) {
  return {
    name: "Ada",
    email: `${randomUUID()}@example.org`,
    image: "https://example.org/ada.png",
    emailVerified: new Date("2026-01-02T03:04:05.678Z"),
    role: "reader" as const,
    ...change,
  };
}

export function newAccount(userId: string, change: object = {}) {
  return {
    provider: "github",
    providerAccountId: randomUUID(),
    type: "oauth" as const,
    access_token: randomUUID(),
    expires_at: 1_800_000_000,
    scope: "user",
    token_type: "bearer" as const,
    userId,
    ...change,
  };
}

export function newSession(userId: string, change: object = {}) {
  return { sessionToken: randomUUID(), userId, expires: inMinutes(60), ...change };
}

export function newToken(identifier: string, change: object = {}) {
  return { identifier, token: randomUUID(), expires: inMinutes(15), ...change };
}

export function newAuthenticator(userId: string, change: object = {}) {
  return {
    userId,
    credentialID: randomUUID(),
    providerAccountId: randomUUID(),
    credentialPublicKey: "public key",
    counter: 0,
    credentialDeviceType: "multiDevice",
    credentialBackedUp: true,
    transports: "usb,ble",
    ...change,
  };
}
