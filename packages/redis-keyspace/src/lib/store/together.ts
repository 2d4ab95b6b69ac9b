import { type Entry, indexKey, type Layout, type Protocol, pairs, peerKey, recordKey } from "./protocol.js";

/** One script for the record and its index: atomic, in one round trip. */
export function together(layout: Layout): Protocol {
  const { sessions, userIdField } = layout;
  // Scripts make these keys up themselves, so the client does not see them and puts nothing in front.
  const made = (prefix: string | undefined): string => (prefix === undefined ? "" : sessions.driver.keyPrefix + prefix);
  const recordPrefix = made(layout.sessionPrefix);
  const indexPrefix = made(layout.userSessionsPrefix);
  const peerPrefix = made(layout.peerIndexPrefix);
  // SORT turns a short sorted set into a longer encoding for good, so a list that is known to be short goes without.
  const { maxSessionsPerUser } = layout;
  let canSort = !recordPrefix.includes("*") && (maxSessionsPerUser === 0 || maxSessionsPerUser > 128);

  function ownerKeys(record: string, userId: string | null): [index: string, peer: string] {
    return userId === null ? [record, record] : [indexKey(layout, userId), peerKey(layout, userId) ?? record];
  }

  async function readLists(index: string, peer: string | undefined): Promise<[string, string][][]> {
    const keys = peer === undefined ? [index] : [index, peer];
    if (canSort) {
      const lists = await Promise.all(keys.map((key) => sessions.membersWithValues(key, `${recordPrefix}*`)));
      if (lists.every((list) => list !== null)) return lists.map(pairs);
      canSort = false;
    }
    return [pairs((await sessions.run("list", [index, peer ?? index], [recordPrefix])) as string[])];
  }

  return {
    async create({ member, userId, value, deadline }) {
      const record = recordKey(layout, member);
      const answer = await sessions.run(
        "create",
        [record, ...ownerKeys(record, userId)],
        [value, String(deadline), member, recordPrefix, String(maxSessionsPerUser), layout.whenFull],
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
      if (!Array.isArray(answer)) return typeof answer === "string" ? answer : null;
      const value = answer[0] as string;
      const found = await layout.inspect(value, member);
      if (found === null || (ofUser !== undefined && found.userId !== ofUser)) return null;
      return (await this.removeExact(member, value, found.userId)) ? value : null;
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
      const [found = [], ...others] = await readLists(indexKey(layout, userId), peerKey(layout, userId));
      return layout.peerIndexPrefix === undefined ? found : [...new Map([found, ...others].flat())];
    },

    async count(userId) {
      if (layout.peerIndexPrefix !== undefined) return (await this.list(userId)).length;
      return (await sessions.run("indexCount", [indexKey(layout, userId)])) as number;
    },
  };
}
