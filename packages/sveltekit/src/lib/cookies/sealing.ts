/** The id in a cookie, or `null` for one that these secrets did not make. */
export type OpenCookie = (cookie: string) => string | null | Promise<string | null>;

/** Puts a session id into a cookie and takes it out again. */
export interface CookieSealing {
  seal(id: string): string | Promise<string>;
  readonly open: OpenCookie;
}
