import type { Driver } from "./driver.js";

/** Whether a client throws when it is looked at, as `kv` of `@vercel/kv` does where its environment is not there. */
export function isNotThereYet(client: unknown): boolean {
  try {
    void (client as { readonly get?: unknown } | null)?.get;
    return false;
  } catch {
    return true;
  }
}

/**
 * A driver that is made when it is first used. What has to be known before then is what is true of `@upstash/redis`.
 *
 * @param name What the client is called in messages.
 * @param make Throws what the client throws, or a `TypeError` for what is no client.
 */
export function lazyDriver(name: string, make: () => Driver): Driver {
  let made: Driver | undefined;
  const driver = (): Driver => {
    made ??= onOneServer(name, make());
    return made;
  };
  return {
    get name() {
      return made?.name ?? "upstash";
    },
    cluster: false,
    keyPrefix: "",
    timeoutMs: undefined,
    repeats: true,
    batches: { from: 2, maxBytes: 12_000 },
    coalesceReads: true,
    get membersWithValues() {
      return made?.membersWithValues;
    },
    get isReady() {
      return made?.isReady;
    },
    get ping() {
      return made?.ping;
    },
    get: async (key) => await driver().get(key),
    getMany: async (keys) => await driver().getMany(keys),
    run: async (script, keys, args, signal) => await driver().run(script, keys, args, signal),
    async *scan(pattern) {
      yield* driver().scan(pattern);
    },
  };
}

/** Keys were made for a client of one server, without a prefix. */
function onOneServer(name: string, driver: Driver): Driver {
  if (!driver.cluster && driver.keyPrefix === "") return driver;
  throw new TypeError(`option "${name}" must be there when the store is made if it is a Cluster or has a key prefix`);
}
