import { randomUUID } from "node:crypto";
import { expires } from "./contestants.mjs";

/**
 * What each method that both adapters have costs, when it finds what it is asked for and the server knows the scripts.
 *
 * @param {any} adapter
 * @param {{ requests: number, commands: number }} server It counts.
 * @returns {Promise<Record<string, { requests: number, commands: number }>>}
 */
export async function countMethods(adapter, server) {
  // A script asks for its rights the first time, which is another script.
  for (let n = 0; n < 2; n++) await callEach(adapter, (_, call) => call());
  const costs = {};
  await callEach(adapter, async (method, call) => {
    const { requests, commands } = server;
    const answer = await call();
    costs[method] = { requests: server.requests - requests, commands: server.commands - commands };
    return answer;
  });
  return costs;
}

/** The life of a user. */
async function callEach(adapter, measured) {
  const call = (method, argument) => measured(method, () => adapter[method](argument));
  const email = `${randomUUID()}@example.org`;
  const sessionToken = randomUUID();
  const account = { provider: "github", providerAccountId: randomUUID() };
  const token = { identifier: email, token: randomUUID() };

  const { id } = await call("createUser", { id: randomUUID(), name: "Ada", email, emailVerified: null });
  await call("getUser", id);
  await call("getUserByEmail", email);
  await call("updateUser", { id, emailVerified: new Date() });
  await call("linkAccount", { ...account, userId: id, type: "oauth" });
  await call("getUserByAccount", account);
  await call("createSession", { sessionToken, userId: id, expires: expires() });
  await call("getSessionAndUser", sessionToken);
  await call("updateSession", { sessionToken, expires: expires() });
  await call("deleteSession", sessionToken);
  await call("createVerificationToken", { ...token, expires: expires() });
  await call("useVerificationToken", token);
  await call("unlinkAccount", account);
  await call("deleteUser", id);
}
