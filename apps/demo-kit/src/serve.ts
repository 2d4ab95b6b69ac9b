import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerLoopbackOnly } from "./hosts.js";

interface Demo {
  /** `0`: a free one. */
  readonly port: number;
  /** @param url Where the demo listens. */
  readonly answer: (url: string, server: Server) => RequestListener;
  /** Closes what else the demo has open. */
  readonly close: () => unknown;
}

/** Serves a demo on 127.0.0.1, says where, and ends on SIGINT and SIGTERM. */
export async function serveDemo({ port, answer, close }: Demo): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on("request", answer(url, server));
  answerLoopbackOnly(server);
  console.log(`listening on ${url}`);

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
      void close();
    });
  }
}
