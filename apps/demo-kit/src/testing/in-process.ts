import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Driver } from "redis-keyspace/driver";
import { type MemoryDriver, memoryDriver } from "redis-keyspace/memory";
import { afterAll, afterEach } from "vitest";
import { readMemory } from "../keyspace.js";
import type { Storage } from "../redis.js";

/** Servers in this process over one memory that can fail, for the tests of a file. */
export interface InProcess {
  readonly memory: MemoryDriver;
  /** The same, as an app gets it. */
  readonly storage: Storage;
  /** What fails until the test ends. With `writes` reads go on: Redis goes away after the session was read. */
  failing: "nothing" | "writes" | "everything";
  /** Serves until the tests end, and answers the address. */
  serve(answer: (url: string) => RequestListener): Promise<string>;
}

export function openInProcess(): InProcess {
  const servers: Server[] = [];
  const memory = memoryDriver();
  const failIf = (fails: boolean): void => {
    if (fails) throw new Error("Socket closed unexpectedly");
  };
  const client: Driver = {
    ...memory,
    get: async (key) => {
      failIf(inProcess.failing === "everything");
      return memory.get(key);
    },
    run: async (...args) => {
      failIf(inProcess.failing !== "nothing");
      return memory.run(...args);
    },
  };

  afterEach(() => {
    inProcess.failing = "nothing";
  });

  afterAll(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  const inProcess: InProcess = {
    memory,
    storage: { client, keys: readMemory(memory), inMemory: true, close() {} },
    failing: "nothing",
    async serve(answer) {
      const server = createServer().listen(0, "127.0.0.1");
      servers.push(server);
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      server.on("request", answer(url));
      return url;
    },
  };
  return inProcess;
}
