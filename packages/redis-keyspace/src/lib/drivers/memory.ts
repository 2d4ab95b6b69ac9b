import type { Driver } from "../driver.js";
import type { ScriptName } from "../scripts.js";
import { MemoryKeyspace } from "./memory-keyspace.js";
import { apartTwins } from "./memory-scripts/apart.js";
import type { Twin } from "./memory-scripts/pieces.js";
import { togetherTwins } from "./memory-scripts/together.js";

// The scripts once more, in JavaScript. The conformance kit holds the two together.
const twins: { readonly [Name in ScriptName]: Twin } = { ...togetherTwins, ...apartTwins };

export interface MemoryDriver extends Driver {
  /** What is stored, for a look behind the store. */
  readonly keyspace: MemoryKeyspace;
}

/**
 * Sessions in this process's memory, with the semantics of Redis: for tests, and for trying things without a server.
 * Everything is gone when the process ends, and no other process sees it.
 *
 * @param options `cluster`: behave as a Cluster where no two keys share a slot. Default: false.
 */
export function memoryDriver(options: { readonly cluster?: boolean } = {}): MemoryDriver {
  const db = new MemoryKeyspace();
  return {
    name: "memory",
    cluster: options.cluster ?? false,
    keyPrefix: "",
    timeoutMs: undefined,
    coalesceReads: false,
    get: async (key) => db.get(key),
    getMany: async (keys) => keys.map((key) => db.get(key)),
    lua: false,
    run: async (script, keys, args) => twins[script.name as ScriptName](db, keys, args),
    async *scan(pattern) {
      // Patterns are an escaped prefix and a star.
      const prefix = pattern.slice(0, -1).replace(/\\(.)/gs, "$1");
      yield db.keys().filter((key) => key.startsWith(prefix));
    },
    keyspace: db,
  };
}
