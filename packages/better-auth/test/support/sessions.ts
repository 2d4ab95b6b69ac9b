/** The token of the session `n`. */
export const token = (n: number): string => `token-${n}`;

/** A session as better-auth stores it. */
export function session(n: number, { lifetimeMs = 60_000, userId = "u1" } = {}): string {
  const expiresAt = new Date(Date.now() + lifetimeMs);
  return JSON.stringify({ session: { token: token(n), userId, expiresAt, n }, user: { id: userId, name: "Ann" } });
}
