import { Redis } from "ioredis";
import { createClient } from "redis";
import { connect } from "../clients.mjs";

/** For the store, and one for its stream that hears of every write. */
export const kinds = {
  "node-redis 6": {
    connect: connect["node-redis 6"],
    connectStream: async (url) => {
      const client = await createClient({ url, RESP: 3, emitInvalidate: true }).connect();
      return { client, close: () => client.destroy() };
    },
  },
  "ioredis 6": {
    connect: connect["ioredis 6"],
    connectStream: async (url) => {
      const client = new Redis(url, { protocol: 2, autoResubscribe: false });
      await client.ping();
      return { client, close: () => client.disconnect() };
    },
  },
};
