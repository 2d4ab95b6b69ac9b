/** What a page says after a redirect, by its name in the address. */
export const notices = {
  welcome: "Welcome. This browser is signed in.",
  full: "You were signed in on five devices already. The one that would have ended first was signed out.",
  "device-signed-out": "That device is signed out. It finds out at its next click.",
  "device-gone": "That device was no longer signed in.",
  "others-signed-out": "All other devices are signed out.",
  "signed-out": "You are signed out.",
  everywhere: "You are signed out everywhere.",
  ended: "This device was signed out. Sign in again to go on.",
} as const;

export type Notice = keyof typeof notices;

/** The notice of this name, if there is one. */
export function noticeNamed(name: string | undefined): Notice | undefined {
  return name !== undefined && Object.hasOwn(notices, name) ? (name as Notice) : undefined;
}
