import type { Servers } from "./server.js";

/** What servers before a version lack. See `docs/servers.md`. */
const lacks: readonly (readonly [version: readonly [number, number], lacking: string])[] = [
  [
    [7, 0],
    "a look at a user's rights before a script writes, and the fast way to list a user with more than 128 sessions",
  ],
];

/** What speaks the protocol and is no Redis or Valkey, by a field of INFO. */
const others: readonly (readonly [field: string, value: RegExp, name: string, advice: string])[] = [
  [
    "dragonfly_version",
    /./,
    "Dragonfly",
    'Scripts that make keys up take a global lock there: topology: "stepwise" avoids it',
  ],
  ["garnet_version", /./, "Garnet", "Start it with --lua: without scripts the stores do nothing"],
  ["executable", /keydb/i, "KeyDB", "Use one node, without active replication: it breaks the promises"],
];

/** The server's version and what it lacks. */
export function checkVersion({ servers, findings }: Servers): void {
  for (const server of servers) {
    for (const [field, value, name, advice] of others) {
      if (!value.test(server.get(field) ?? "")) continue;
      findings.add({
        ...{ name: "other-server", severity: "note", what: `The server is ${name}`, example: server.name, advice },
      });
    }
    const version = server.get("valkey_version") ?? server.get("redis_version");
    const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
    if (version === undefined || server.get("valkey_version") !== undefined) continue;
    const isBefore = ([otherMajor, otherMinor]: readonly [number, number]): boolean =>
      major < otherMajor || (major === otherMajor && minor < otherMinor);
    if (isBefore([6, 2])) {
      findings.add({
        ...{ name: "old-server", severity: "error", example: server.name },
        what: `The server is Redis ${version}; the stores need 6.2`,
        advice: "Take Redis 7 or later, or Valkey",
      });
      continue;
    }
    const lacking = lacks.filter(([since]) => isBefore(since)).map(([, what]) => what);
    if (lacking.length === 0) continue;
    findings.add({
      ...{ name: "old-server", severity: "note", example: server.name },
      what: `The server is Redis ${version}, which lacks ${lacking.join("; ")}`,
      advice: "Everything works; Redis 7 or later, or Valkey, does it faster",
    });
  }
}
