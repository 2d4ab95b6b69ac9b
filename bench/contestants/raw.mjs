import { seedUsers } from "../data/pool.mjs";
import { LIFETIME_MS, randomId, VALUE_BYTES } from "../data/values.mjs";

const value = JSON.stringify("v".repeat(VALUE_BYTES - 2));

/**
 * The client itself, doing the least that could be the operation: one command, on keys that are known, on a value that
 * is ready, without reading what comes back.
 *
 * @param {import("../clients.mjs").Connection} connection
 */
export function raw({ name, family, client }) {
  const commands = family === "ioredis" ? ofIoRedis(client) : ofNodeRedis(client);
  const ticket = () => `raw:${randomId(32)}`;
  const deadline = () => Date.now() + LIFETIME_MS;

  return {
    name: "raw",
    client: name,
    ticket,
    seed: (users, perUser) =>
      seedUsers(users, perUser, async () => {
        const key = ticket();
        await commands.set(key, value, deadline());
        return key;
      }),
    create: (key) => commands.set(key, value, deadline()),
    opened: (key) => key,
    get: (key) => commands.get(key),
    touch: (key) => commands.set(key, value, deadline()),
    update: (key) => commands.set(key, value, deadline()),
    delete: (key) => commands.del(key),
    list: ({ sessions }) => commands.mget(sessions),
    deleteAll: ({ sessions }) => commands.unlink(sessions),
  };
}

function ofNodeRedis(client) {
  return {
    get: (key) => client.get(key),
    set: (key, value, deadline) => client.set(key, value, { PXAT: deadline }),
    del: (key) => client.del(key),
    mget: (keys) => client.mGet(keys),
    unlink: (keys) => client.unlink(keys),
  };
}

function ofIoRedis(client) {
  return {
    get: (key) => client.get(key),
    set: (key, value, deadline) => client.set(key, value, "PXAT", deadline),
    del: (key) => client.del(key),
    mget: (keys) => client.mget(keys),
    unlink: (keys) => client.unlink(keys),
  };
}
