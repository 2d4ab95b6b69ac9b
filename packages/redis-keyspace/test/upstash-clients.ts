import { ofEachKind } from "@redis-keyspace/scripts/clients";
import { Redis } from "@upstash/redis";
import { Redis as CloudflareRedis } from "@upstash/redis/cloudflare";
import { Redis as Redis120 } from "@upstash/redis-1.20";
import { Redis as Redis134 } from "@upstash/redis-1.34";
import type { UpstashClient } from "redis-keyspace/driver";

interface Endpoint {
  readonly url: string;
  readonly token: string;
}

const allOff = {
  automaticDeserialization: false,
  enableAutoPipelining: false,
  readYourWrites: false,
  responseEncoding: false,
} as const;

/** Both ends of the range and one between, with the options that change what a client sends and makes of answers. */
export const upstashClients: Readonly<Record<string, (endpoint: Endpoint) => UpstashClient>> = ofEachKind({
  "1.39": (endpoint) => new Redis(endpoint),
  "1.39, all options off": (endpoint) => new Redis({ ...endpoint, ...allOff }),
  "1.39, no deserialization": (endpoint) => new Redis({ ...endpoint, automaticDeserialization: false }),
  "1.39, no pipelining and no encoding": (endpoint) =>
    new Redis({ ...endpoint, enableAutoPipelining: false, responseEncoding: false }),
  "1.39 for Cloudflare": (endpoint) => new CloudflareRedis(endpoint),
  "1.34": (endpoint) => new Redis134(endpoint),
  "1.20": (endpoint) => new Redis120(endpoint),
  "1.20, all options off": (endpoint) =>
    new Redis120({ ...endpoint, automaticDeserialization: false, responseEncoding: false }),
});
