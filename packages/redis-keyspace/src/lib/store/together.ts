import { type Entry, indexKey, type Layout, type Protocol, pairs, peerKey, recordKey } from "./protocol.js";

/** One script for the record and its index: atomic, in one round trip. */
export function together(layout: Layout): Protocol {
  const { sessions, userIdField } = layout;
  // Scripts make these keys up themselves, so the client does not see them and puts nothing in front.
  const made = (prefix: string | undefined): string => (prefix === undefined ? "" : sessions.driver.keyPrefix + prefix);
  const recordPrefix = made(layout.sessionPrefix);
  const indexPrefix = made(layout.userSessionsPrefix);
  const peerPrefix = made(layout.peerIndexPrefix);
  let canSort = !recordPrefix.includes("*");

  function ownerKeys(record: string, userId: string | null): [index: string, peer: string] {
    return userId === null ? [record, record] : [indexKey(layout, userId), peerKey(layout, userId) ?? record];
  }

  async function sorted(index: string, peer: string | undefined): Promise<[string, string][] | null> {
    const pattern = `${recordPrefix}*`;
    const keys = peer === undefined ? [index] : [index, peer];
    const lists = await Promise.all(keys.map((key) => sessions.membersWithValues(key, pattern)));
    const flat: (string | null)[] = [];
    for (const list of lists) {
      if (list === null) return null;
      flat.push(...list);
    }
    return pairs(flat);
  }

  return {
    async create({ member, userId, value, deadline }) {
      const record = recordKey(layout, member);
      const answer = await sessions.run(
        "create",
        [record, ...ownerKeys(record, userId)],
        [value, String(deadline), member, recordPrefix, String(layout.maxSessionsPerUser), layout.whenFull],
      );
      return answer === 1 ? "created" : answer === 0 ? "exists" : "full";
    },

    async replace(expected, formerUserId, { member, userId, value, deadline }: Entry) {
      const record = recordKey(layout, member);
      const former = userId === formerUserId ? null : formerUserId;
      const answer = await sessions.run(
        "replace",
        [record, ...ownerKeys(record, userId), ...ownerKeys(record, former)],
        [expected, value, String(deadline), member],
      );
      return typeof answer === "string" ? answer : answer === 1 ? true : null;
    },

    async touch(member, deadline) {
      const args = [String(deadline), member, indexPrefix, peerPrefix, userIdField];
      const answer = await sessions.run("touch", [recordKey(layout, member)], args);
      return answer === 0 ? null : (answer as number | string);
    },

    async rotate(from, to, graceMs) {
      const answer = await sessions.run(
        "rotate",
        [recordKey(layout, from), recordKey(layout, to)],
        [from, to, indexPrefix, peerPrefix, userIdField, String(graceMs)],
      );
      if (typeof answer === "string") return answer;
      return answer === 0 ? null : answer === -1 ? "exists" : "immovable";
    },

    async remove(member, ofUser) {
      const args = [member, indexPrefix, peerPrefix, userIdField, ofUser ?? ""];
      const answer = await sessions.run("remove", [recordKey(layout, member)], args);
      if (Array.isArray(answer)) return answer[0] as string;
      if (typeof answer !== "string") return null;
      const found = await layout.inspect(answer, member);
      if (found === null || (ofUser !== undefined && found.userId !== ofUser)) return null;
      return (await this.removeExact(member, answer, found.userId)) ? answer : null;
    },

    async removeExact(member, expected, userId) {
      const record = recordKey(layout, member);
      return (await sessions.run("removeExact", [record, ...ownerKeys(record, userId)], [expected, member])) === 1;
    },

    async removeAll(userId, except) {
      const index = indexKey(layout, userId);
      const keys = [index, peerKey(layout, userId) ?? index];
      return (await sessions.run("removeAll", keys, [recordPrefix, except ?? ""])) as number;
    },

    async list(userId) {
      const index = indexKey(layout, userId);
      const peer = peerKey(layout, userId);
      if (canSort) {
        const found = await sorted(index, peer);
        if (found !== null) return found;
        canSort = false;
      }
      return pairs((await sessions.run("list", [index, peer ?? index], [recordPrefix])) as string[]);
    },

    async count(userId) {
      if (layout.peerIndexPrefix !== undefined) return (await this.list(userId)).length;
      return (await sessions.run("indexCount", [indexKey(layout, userId)])) as number;
    },
  };
}
