import type { Source, SourceListener } from "../source.js";
import { type IoRedisStreamClient, ioRedisSource } from "./ioredis.js";
import { type NodeRedisStreamClient, nodeRedisSource } from "./node-redis.js";

/** A client of its own for a stream, of node-redis or ioredis. */
export type StreamClient = NodeRedisStreamClient | IoRedisStreamClient;

export function openSource(client: StreamClient, listener: SourceListener): Source {
  if ("isCluster" in client) return ioRedisSource(client, listener);
  return nodeRedisSource(client, listener);
}
