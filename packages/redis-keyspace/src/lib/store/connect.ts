import { type RedisClient, toDriver } from "../drivers/recognise.js";
import { checkPrefixes, hashTag } from "../keys.js";
import { checkInteger, checkJoint, checkOneOf } from "../options.js";
import { Runner } from "../runner.js";
import { apart } from "./apart.js";
import { type Owners, owned } from "./owned.js";
import type { Layout, Protocol } from "./protocol.js";
import type { RecordStoreOptions, StoreClient } from "./store-options.js";
import { together } from "./together.js";

/** Decides where things are, and with that whether record and index can be used together. */
export function connect<Value>(
  client: StoreClient,
  options: RecordStoreOptions<Value>,
  inspect: Layout["inspect"],
  owners: Owners | undefined,
): { protocol: Protocol; layout: Layout } {
  const { sessionPrefix, userSessionsPrefix, peerIndexPrefix, record } = options;
  const { maxSessionsPerUser, whenFull = "evict-oldest", commandTimeoutMs } = options;
  if (maxSessionsPerUser !== undefined) checkInteger("maxSessionsPerUser", maxSessionsPerUser, 1, 100_000);
  checkOneOf("whenFull", whenFull, ["evict-oldest", "reject"]);
  if (commandTimeoutMs !== undefined) checkInteger("commandTimeoutMs", commandTimeoutMs, 1, 600_000);

  const given: SplitClient = isSplit(client) ? client : { session: client, userSessions: client };
  const split = given.session !== given.userSessions;
  const session = toDriver(isSplit(client) ? "client.session" : "client", given.session);
  const user = split ? toDriver("client.userSessions", given.userSessions) : session;
  const ofUsers = {
    userSessionsPrefix,
    ...(peerIndexPrefix === undefined ? {} : { peerIndexPrefix }),
    ...(owners && { ownerPrefix: owners.ownerPrefix, peerPointerPrefix: owners.peerPointerPrefix }),
  };
  if (split) {
    checkPrefixes({ sessionPrefix });
    checkPrefixes(ofUsers);
  } else {
    const prefixes: Record<string, string> = { sessionPrefix, ...ofUsers };
    checkPrefixes(prefixes, (_, inner) => owners?.nested.includes(prefixes[inner] ?? "") ?? false);
  }

  const sessions = new Runner(session, commandTimeoutMs);
  const users = user === session ? sessions : new Runner(user, commandTimeoutMs);
  const layout: Layout = {
    sessions,
    users,
    sessionPrefix,
    userSessionsPrefix,
    peerIndexPrefix,
    userIdField: options.codec === undefined ? record.userIdField : "userId",
    maxSessionsPerUser: maxSessionsPerUser ?? 0,
    whenFull,
    inspect,
  };
  const tags = [sessionPrefix, ...Object.values(ofUsers)].map((prefix) => hashTag(session.keyPrefix + prefix));
  const oneSlot = tags[0] !== null && tags.every((tag) => tag === tags[0]);
  const joint = !split && (!session.cluster || oneSlot);
  if (owners !== undefined) {
    checkJoint("sessionPrefix", session, joint);
    return { layout, protocol: owned(layout, owners) };
  }
  return { layout, protocol: joint ? together(layout) : apart(layout) };
}

type SplitClient = Exclude<StoreClient, RedisClient>;

function isSplit(client: StoreClient): client is SplitClient {
  return typeof client === "object" && client !== null && "session" in client && "userSessions" in client;
}
