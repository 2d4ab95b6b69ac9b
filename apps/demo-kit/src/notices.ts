/** What a page says after a redirect, by its name in the cookie. */
export const notices = {
  welcome: "Welcome. This browser is signed in.",
  full: "You were signed in on five devices already. The one that would have ended first was signed out.",
  "device-signed-out": "That device is signed out.",
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

/**
 * Takes a notice to the next page, which shows it once: a reload does not repeat it, and no link can make a page say it.
 */
export interface NoticeCookie {
  readonly name: string;
  /** A `Set-Cookie` header to redirect with. */
  set(notice: Notice): string;
  /** A `Set-Cookie` header for the page that shows it. */
  readonly cleared: string;
  /** The notice in a `Cookie` header. */
  read(cookieHeader: string | null | undefined): Notice | undefined;
}

/** @param demo All demos share the cookies of one host, so each has a name of its own. */
export function noticeCookie(demo: string): NoticeCookie {
  const name = `${demo}_notice`;
  const header = (value: string, maxAge: number) =>
    `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}`;
  return {
    name,
    set: (notice) => header(notice, 60),
    cleared: header("", 0),
    read: (cookieHeader) => noticeNamed(new RegExp(`(?:^|; *)${name}=([\\w-]+)`).exec(cookieHeader ?? "")?.[1]),
  };
}
