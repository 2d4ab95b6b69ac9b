import Bowser from "bowser";

const names = /^(user[-_ ]?agent|ua)$/i;
const DEPTH = 3;

/** `Firefox on macOS`, where a session holds what its browser calls itself. */
export function deviceName(session: unknown): string | null {
  const userAgent = userAgentIn(session, DEPTH);
  if (userAgent === null) return null;
  const { browser, os } = Bowser.parse(userAgent);
  if (!browser.name) return null;
  return os.name ? `${browser.name} on ${os.name}` : browser.name;
}

function userAgentIn(value: unknown, depth: number): string | null {
  if (typeof value !== "object" || value === null || depth === 0) return null;
  const members = Object.entries(value);
  const [, own] = members.find(([name, member]) => names.test(name) && typeof member === "string" && member !== "") ?? [];
  if (typeof own === "string") return own;
  for (const [, member] of members) {
    const found = userAgentIn(member, depth - 1);
    if (found !== null) return found;
  }
  return null;
}
