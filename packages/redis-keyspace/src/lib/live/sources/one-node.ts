import type { Asked, Connection } from "./asking.js";

/** What both Cluster clients can do. */
export interface ClusterClient<Node> extends Pick<Connection, "state"> {
  /** The masters that it knows, each with how to come by its client. */
  nodes(): readonly (() => Node | Promise<Node>)[];
  connectionTo(node: Node): Connection;
  /** Finds out which nodes there are. */
  renew?(): void;
  stopListening(): void;
}

/**
 * Listens at one master of a Cluster, which is told every message, and at the next one at each new attempt. It subscribes
 * through the client of that node, because a Cluster client does not say when the connection that it subscribes with is lost.
 *
 * It hears of no writes: these are told by the master that has the key, and a Cluster client that has nothing to do does not
 * say which masters there are since a failover or a move of slots.
 */
export function onOneNode<Node>({ state, nodes, connectionTo, renew, stopListening }: ClusterClient<Node>): Connection {
  let present: Connection | undefined;
  let next = 0;
  let inVain = 0;

  async function another({ channels, isOver }: Asked): Promise<Connection | undefined> {
    present?.leave(channels).catch(() => {});
    present = undefined;
    const known = nodes();
    if (renew !== undefined && known.length > 0 && inVain++ > known.length) {
      inVain = 0;
      renew();
      throw new Error("no known node of the Cluster answers");
    }
    const node = await known[next++ % known.length]?.();
    if (node === undefined) throw new Error("the client is not connected to the Cluster");
    if (isOver()) return undefined;
    present = connectionTo(node);
    return present;
  }

  return {
    kind: "messages",
    state,
    async ask(asked) {
      const connection = asked.anew ? await another(asked) : (present ?? (await another(asked)));
      if (connection === undefined) return;
      if (connection.state() !== "ready") throw new Error("the client is not connected to this node of the Cluster");
      await connection.ask({ ...asked, anew: false });
      inVain = 0;
    },
    ...(renew && { renew }),
    async leave(channels) {
      stopListening();
      await present?.leave(channels);
    },
  };
}
