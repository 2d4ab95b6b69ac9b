import type { RedisClient } from "../drivers/recognise.js";
import { type KeyKind, observed } from "../observe.js";
import { checkFunction, checkKnown } from "../options.js";
import { type IdentityStoreOptions, openLayout } from "./layout.js";
import { type LinkModel, linkModel } from "./links.js";
import { type TokenModel, tokenModel } from "./tokens.js";
import { type UserModel, userModel } from "./users.js";

/**
 * Users, what is linked to them, and single-use tokens, as JSON objects. Every method is one round trip and rejects with
 * a `KeyspaceError` when Redis cannot do it. Absence is `null`.
 */
export interface IdentityStore<Kind extends string> {
  readonly users: UserModel;
  readonly links: Readonly<Record<Kind, LinkModel>>;
  readonly tokens: TokenModel;
}

/**
 * @param client A node-redis, ioredis or `@upstash/redis` client, or a driver that runs Lua.
 * @throws {TypeError} naming the option that is wrong. On a Cluster all prefixes need the same hash tag.
 */
export function createIdentityStore<Kind extends string>(
  client: RedisClient,
  options: IdentityStoreOptions<Kind>,
): IdentityStore<Kind> {
  checkKnown(options, [
    ...["userPrefix", "emailPrefix", "tokenPrefix", "tokenIndexPrefix", "sessions", "links", "nested"],
    ...["observe", "commandTimeoutMs"],
  ]);
  const { observe } = options;
  if (observe !== undefined) checkFunction("observe", observe);
  const layout = openLayout(client, options);
  const watched = <Model extends object>(model: Model, kind: KeyKind): Model =>
    observe === undefined ? model : observed(model, observe, kind);

  const links = Object.entries<IdentityStoreOptions<Kind>["links"][Kind]>(options.links).map(
    ([kind, link]): [string, LinkModel] => [kind, watched(linkModel(layout, link), "link")],
  );
  return {
    users: watched(userModel(layout), "user"),
    links: Object.fromEntries(links) as Record<Kind, LinkModel>,
    tokens: watched(tokenModel(layout), "token"),
  };
}
