import { isOperationKey, type Layout } from "redis-keyspace/adapter";

type Kind = "session" | "user" | "other";

/** What a key is: where prefixes overlap, the longest of those that it begins with says it. */
export function kindOf({ sessions, others }: Layout): (key: string) => Kind {
  const prefixes = [
    ...others.map(({ prefix }) => ({ prefix, kind: "other" as const })),
    ...(sessions.legacyIndexPrefix === undefined
      ? []
      : [{ prefix: sessions.legacyIndexPrefix, kind: "other" as const }]),
    { prefix: sessions.userSessionsPrefix, kind: "user" as const },
    { prefix: sessions.sessionPrefix, kind: "session" as const },
  ].sort((a, b) => b.prefix.length - a.prefix.length);
  return (key) => {
    const kind = prefixes.find(({ prefix }) => key.startsWith(prefix))?.kind ?? "other";
    return kind !== "other" && isOperationKey(key) ? "other" : kind;
  };
}
