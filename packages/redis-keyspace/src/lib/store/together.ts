import { hasElapsed } from "../expiry.js";
import { closeAt, readHead } from "../models/head.js";
import type { ScriptName } from "../scripts.js";
import { type Entry, indexKey, type Layout, type Protocol, pairs, peerKey, recordKey } from "./protocol.js";

export type RunScript = (name: ScriptName, keys: readonly string[], args?: readonly string[]) => Promise<unknown>;

/**
 * One script for the record and its index: atomic, in one round trip.
 *
 * @param variant Runs other scripts in place of those with these names.
 */
export function together(layout: Layout, variant?: RunScript): Protocol {
  const { sessions, userIdField } = layout;
  const run: RunScript = variant ?? ((name, keys, args) => sessions.run(name, keys, args));
  // Scripts make these keys up themselves, so the client does not see them and puts nothing in front.
  const recordPrefix = sessions.driver.keyPrefix + layout.sessionPrefix;
  const indexPrefix = sessions.driver.keyPrefix + layout.userSessionsPrefix;
  const peerPrefix =
    layout.peerIndexPrefix === undefined ? undefined : sessions.driver.keyPrefix + layout.peerIndexPrefix;
  // SORT turns a short sorted set into a longer encoding for good, so a list that is known to be short goes without.
  const { maxSessionsPerUser } = layout;
  let canSort =
    variant === undefined && !recordPrefix.includes("*") && (maxSessionsPerUser === 0 || maxSessionsPerUser > 128);

  /** The record's key and its owner's; what does not apply is the record's own. */
  function ownerKeys(record: string, userId: string | null): string[] {
    if (userId === null) return [record, record, record];
    return [record, indexKey(layout, userId), peerKey(layout, userId) ?? record];
  }

  async function readLists(index: string, peer: string | undefined): Promise<[string, string][][]> {
    const keys = peer === undefined ? [index] : [index, peer];
    if (canSort) {
      const lists = await Promise.all(keys.map((key) => sessions.membersWithValues(key, `${recordPrefix}*`)));
      if (lists.every((list) => list !== null)) return lists.map(pairs);
      canSort = false;
    }
    return [pairs((await run("list", [index, peer ?? index], [recordPrefix])) as string[])];
  }

  return {
    async create({ member, userId, value, deadline }) {
      const record = recordKey(layout, member);
      const keys = userId === null ? [record] : ownerKeys(record, userId);
      const args = [value, String(deadline), member];
      if (maxSessionsPerUser > 0) args.push(recordPrefix, String(maxSessionsPerUser), layout.whenFull);
      else if (peerPrefix !== undefined) args.push(recordPrefix);
      const answer = await run("create", keys, args);
      if (answer === 1) return "created";
      if (answer === 0) return "exists";
      return answer === -2 ? "revoked" : "full";
    },

    async replace(expected, formerUserId, { member, userId, value, deadline }: Entry, cap) {
      const record = recordKey(layout, member);
      const former = userId === formerUserId ? null : formerUserId;
      const args = [expected, value, String(deadline), member];
      if (cap > 0 && userId !== null && userId !== formerUserId) args.push(recordPrefix, String(cap), layout.whenFull);
      const answer = await run("replace", [...ownerKeys(record, userId), ...ownerKeys(record, former).slice(1)], args);
      if (typeof answer === "string") return answer;
      return answer === 0 ? null : answer === 1;
    },

    async touch(member, deadline) {
      const args = [String(deadline), member, indexPrefix];
      if (peerPrefix !== undefined) args.push(peerPrefix);
      const answer = await run("touch", [recordKey(layout, member)], args);
      return answer === 0 ? null : (answer as number | string);
    },

    async extend(member, userId, deadline, enoughMs) {
      const keys = ownerKeys(recordKey(layout, member), userId);
      const answer = await run("extend", keys, [String(deadline), member, String(enoughMs ?? "")]);
      return answer === 0 ? null : (answer as number | string);
    },

    async rotate(from, to, graceMs) {
      const records = [recordKey(layout, from), recordKey(layout, to)];
      const args = [from, to, indexPrefix, peerPrefix ?? "", String(graceMs)];
      for (;;) {
        const answer = await run("rotate", records, args);
        if (typeof answer === "string") return answer;
        if (!Array.isArray(answer)) return answer === 0 ? null : "exists";
        const value = answer[0] as string;
        const found = await layout.inspect(value, from);
        if (found === null) return null;
        if (found.deadline === null || (graceMs > 0 && readHead(value) === null)) return "immovable";
        if (hasElapsed(found.deadline)) return null;
        const till = Math.min(Date.now() + graceMs, found.deadline);
        const left = graceMs > 0 ? closeAt(value, till) : "";
        const owned = ownerKeys(records[0] as string, found.userId).slice(1);
        const moved = [value, String(found.deadline), from, to, left, String(till)];
        const done = await run("move", [...records, ...owned], moved);
        if (done !== 0) return done === 1 ? value : "exists";
      }
    },

    async remove(member, ofUser) {
      const args = [member, indexPrefix, peerPrefix ?? "", userIdField, ofUser ?? ""];
      const answer = await run("remove", [recordKey(layout, member)], args);
      if (!Array.isArray(answer)) return typeof answer === "string" ? answer : null;
      const value = answer[0] as string;
      const found = await layout.inspect(value, member);
      if (found === null || (ofUser !== undefined && found.userId !== ofUser)) return null;
      return (await this.removeExact(member, value, found.userId)) ? value : null;
    },

    async removeExact(member, expected, userId) {
      const record = recordKey(layout, member);
      return (await run("removeExact", ownerKeys(record, userId), [expected, member])) === 1;
    },

    async removeAll(userId, except) {
      const index = indexKey(layout, userId);
      const keys = [index, peerKey(layout, userId) ?? index];
      return (await run("removeAll", keys, [recordPrefix, except ?? ""])) as number;
    },

    async list(userId) {
      const [found = [], ...others] = await readLists(indexKey(layout, userId), peerKey(layout, userId));
      return layout.peerIndexPrefix === undefined ? found : [...new Map([found, ...others].flat())];
    },

    async count(userId) {
      if (layout.peerIndexPrefix !== undefined) return (await this.list(userId)).length;
      return (await run("indexCount", [indexKey(layout, userId)])) as number;
    },
  };
}
