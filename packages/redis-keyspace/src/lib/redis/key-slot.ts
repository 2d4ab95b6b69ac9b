import { hashTag } from "../keyspace.js";
import { utf8 } from "../runtime.js";

interface NodeGroup<Node> {
  readonly node: Node;
  /** Places in the list of keys. */
  readonly positions: number[];
}

/** Which keys go to which node. */
export function groupByNode<Node>(
  keys: readonly string[],
  keyPrefix: string,
  nodeOf: (slot: number) => Node,
): NodeGroup<Node>[] {
  const groups = new Map<Node, NodeGroup<Node>>();
  keys.forEach((key, position) => {
    const node = nodeOf(hashSlot(keyPrefix + key));
    const group = groups.get(node);
    if (group === undefined) groups.set(node, { node, positions: [position] });
    else group.positions.push(position);
  });
  return [...groups.values()];
}

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * The hash slot of a key: CRC16 (XMODEM) of the key or of its hash tag, modulo 16384.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export function hashSlot(key: string): number {
  let crc = 0;
  for (const byte of utf8(hashTag(key) ?? key)) {
    crc = ((crc << 8) ^ (table[(crc >> 8) ^ byte] as number)) & 0xffff;
  }
  return crc % 16384;
}
