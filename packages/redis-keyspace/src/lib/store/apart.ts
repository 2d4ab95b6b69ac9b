import { hasElapsed } from "../expiry.js";
import { closeAt, readHead } from "../models/head.js";
import { type Entry, indexKey, type Layout, type Owned, type Protocol, peerKey, recordKey } from "./protocol.js";

type Dated = Owned & { readonly deadline: number };

function isDated(found: Owned): found is Dated {
  return found.deadline !== null;
}

/** How many records one script removes at most. */
const CHUNK = 1000;

/**
 * The record and its index where no script can use both: in other slots of a Cluster, or on two servers. One key a
 * step, in an order that leaves no live record without a live entry, whoever dies between two steps:
 *
 * - An entry comes before its record, and a raised deadline before the record's.
 * - A sign-out everywhere first condemns the entries. From then on it is decided, and whoever meets a condemned entry
 *   finishes it: a create checks its own entry after writing the record, and takes the record back.
 * - A condemned entry whose record was not there stays for a minute, because a create may be about to write it.
 */
export function apart(layout: Layout): Protocol {
  const { sessions, users, userIdField } = layout;

  const hasPeer = layout.peerIndexPrefix === undefined ? "0" : "1";

  /** A peer's set, and the index beside it, live twice as long as the session: see `enterPeer` in `scripts/pieces.ts`. */
  const peerLifetime = (deadline: number): string =>
    hasPeer === "1" ? String(Math.max(0, 2 * (deadline - Date.now()))) : "0";

  function onIndex(script: Parameters<typeof users.run>[0], userId: string, args: string[] = []): Promise<unknown> {
    return users.run(script, [indexKey(layout, userId)], args);
  }

  async function enterPeer(userId: string, member: string, deadline: number): Promise<void> {
    const peer = peerKey(layout, userId);
    if (peer !== undefined) await users.run("peerAdd", [peer], [member, peerLifetime(deadline)]);
  }

  async function leavePeer(userId: string, members: string[]): Promise<void> {
    const peer = peerKey(layout, userId);
    if (peer !== undefined && members.length > 0) await users.run("peerRemove", [peer], members);
  }

  /** The elapsed members leave the peer's set with the index, unless an old process has renewed their records. */
  async function sweepPeer(userId: string, elapsed: readonly string[]): Promise<void> {
    if (layout.peerIndexPrefix === undefined || elapsed.length === 0) return;
    const values = await sessions.getMany(elapsed.map((member) => recordKey(layout, member)));
    await leavePeer(
      userId,
      elapsed.filter((_, i) => values[i] === null),
    );
  }

  async function peerMembers(userId: string): Promise<string[]> {
    const peer = peerKey(layout, userId);
    return peer === undefined ? [] : ((await users.run("peerMembers", [peer])) as string[]);
  }

  async function leave(userId: string | null, member: string): Promise<void> {
    if (userId === null) return;
    await Promise.all([onIndex("indexDrop", userId, [hasPeer, member]), leavePeer(userId, [member])]);
  }

  /** Takes back an entry that was made for nothing, unless a record has come that needs it. */
  async function leaveUnlessOwned(userId: string, member: string): Promise<void> {
    const value = await sessions.get(recordKey(layout, member));
    const found = value === null ? null : await layout.inspect(value, member);
    if (found?.userId !== userId) await leave(userId, member);
  }

  /** The members whose records were there. */
  async function unlink(members: readonly string[]): Promise<string[]> {
    const size = sessions.driver.cluster ? 1 : CHUNK;
    const chunks: string[][] = [];
    for (let from = 0; from < members.length; from += size) chunks.push(members.slice(from, from + size));
    const answers = await Promise.all(
      chunks.map((chunk) =>
        sessions.run(
          "unlink",
          chunk.map((member) => recordKey(layout, member)),
        ),
      ),
    );
    const removed = answers.flat();
    return members.filter((_, i) => removed[i] === 1);
  }

  /** Carries out what was decided on condemned members. */
  async function finish(userId: string, condemned: readonly string[]): Promise<string[]> {
    if (condemned.length === 0) return [];
    const removed = await unlink(condemned);
    const absent = condemned.filter((member) => !removed.includes(member));
    const forgotten = [hasPeer, String(removed.length), ...removed, ...absent];
    await Promise.all([onIndex("indexForget", userId, forgotten), leavePeer(userId, removed)]);
    return removed;
  }

  /** The index's answer, and its condemned members. Elapsed ones have left the peer's set. */
  async function addEntry(userId: string, { member, deadline }: Entry, cap: number): Promise<[number, string[]]> {
    const added = [member, String(deadline), String(cap), layout.whenFull, peerLifetime(deadline)];
    const [status, ...members] = (await onIndex("indexAdd", userId, added)) as [number, ...string[]];
    const condemned = members.slice(0, members.indexOf(""));
    await sweepPeer(userId, members.slice(condemned.length + 1));
    return [status, condemned];
  }

  async function create(entry: Entry, cap: number): ReturnType<Protocol["create"]> {
    const { member, userId, value, deadline } = entry;
    const write = (): Promise<unknown> =>
      sessions.run("create", [recordKey(layout, member)], [value, String(deadline), member]);
    if (userId === null) return (await write()) === 1 ? "created" : "exists";

    const [status, condemned] = await addEntry(userId, entry, cap);
    if (status === -1) return "full";
    if (status === -2) {
      await finish(userId, condemned);
      return "revoked";
    }
    await enterPeer(userId, member, deadline);
    const [written] = await Promise.all([write(), finish(userId, condemned)]);
    if (written !== 1) {
      if (status === 1) await leaveUnlessOwned(userId, member);
      return "exists";
    }
    if ((await onIndex("indexHas", userId, [member])) === 1 || hasElapsed(deadline)) return "created";
    await finish(userId, [member]);
    return "revoked";
  }

  async function replace(
    expected: string,
    formerUserId: string | null,
    entry: Entry,
    cap: number,
  ): Promise<boolean | null | string> {
    const { member, userId, value, deadline } = entry;
    const record = recordKey(layout, member);
    const before = await layout.inspect(expected, member);
    let entered = false;
    if (userId !== null && userId !== formerUserId && cap > 0) {
      // Nobody has to go for a record that is gone, or another by now.
      const current = await sessions.get(record);
      if (current !== expected) return current;
      const [status, condemned] = await addEntry(userId, entry, cap);
      if (status === -1) return false;
      await finish(userId, condemned);
      if (status === -2) return null;
      entered = status === 1;
    } else if (userId !== null) {
      const raised = await onIndex("indexRaise", userId, [member, String(deadline), peerLifetime(deadline)]);
      if (raised === -1) {
        await finish(userId, [member]);
        return null;
      }
      entered = raised === 0;
    }
    if (userId !== null) await enterPeer(userId, member, deadline);
    const answer = await sessions.run("replace", [record], [expected, value, String(deadline), member]);
    if (answer === 0 && userId !== null && entered) await leaveUnlessOwned(userId, member);
    if (answer !== 1) return typeof answer === "string" ? answer : null;
    if (formerUserId !== userId) await leave(formerUserId, member);
    else if (userId !== null && before?.deadline && before.deadline > deadline) {
      await onIndex("indexLower", userId, [member, String(deadline), String(before.deadline)]);
    }
    return true;
  }

  /** Ends a record that was moved, now or after its grace. `true`: done; else what is there instead. */
  async function leaveBehind(moved: Entry, graceMs: number): Promise<boolean | null | string> {
    const { member, userId, value, deadline } = moved;
    if (graceMs > 0) {
      const till = Math.min(Date.now() + graceMs, deadline);
      return await replace(value, userId, { ...moved, value: closeAt(value, till), deadline: till }, 0);
    }
    return (await removeExact(member, value, userId)) || (await sessions.get(recordKey(layout, member)));
  }

  async function removeExact(member: string, expected: string, userId: string | null): Promise<boolean> {
    if ((await sessions.run("removeExact", [recordKey(layout, member)], [expected, member])) !== 1) return false;
    await leave(userId, member);
    return true;
  }

  return {
    create: (entry) => create(entry, layout.maxSessionsPerUser),
    replace,

    // The owner is in the record, so there is nothing to do before it is read.
    touch: (member) => sessions.get(recordKey(layout, member)),

    async extend(member, userId, deadline, enoughMs) {
      const record = recordKey(layout, member);
      const left = (await sessions.run("remaining", [record])) as number;
      if (left === -2) return null;
      const enough = enoughMs !== undefined && left > enoughMs;
      const end = enough ? Date.now() + left : deadline;
      let entered = false;
      if (userId !== null) {
        const raised = await onIndex("indexRaise", userId, [member, String(end), peerLifetime(end)]);
        if (raised === -1) {
          await finish(userId, [member]);
          return null;
        }
        entered = raised === 0;
        await enterPeer(userId, member, end);
      }
      const answer = enough ? end : await sessions.run("extend", [record], [String(end), member, ""]);
      // The owner is what the caller read earlier: it may have changed.
      if (entered && userId !== null) await leaveUnlessOwned(userId, member);
      return answer === 0 ? null : (answer as number);
    },

    async rotate(from, to, graceMs) {
      let value = await sessions.get(recordKey(layout, from));
      const found = value === null ? null : await layout.inspect(value, from);
      if (value === null || found === null) return null;
      if (!isDated(found) || (graceMs > 0 && readHead(value) === null)) return "immovable";
      const created = await create({ member: to, ...found, value }, 0);
      if (created !== "created") return created === "exists" ? "exists" : "revoked";

      for (let moved: Dated = found; ; ) {
        const now = await leaveBehind({ member: from, ...moved, value }, graceMs);
        if (now === true) return value;
        // Somebody wrote or removed the old record meanwhile: the new one follows.
        const other = typeof now === "string" ? await layout.inspect(now, from) : null;
        if (typeof now !== "string" || other === null || !isDated(other)) {
          await this.remove(to);
          return null;
        }
        if ((await replace(value, moved.userId, { member: to, ...other, value: now }, 0)) !== true) return null;
        value = now;
        moved = other;
      }
    },

    async remove(member, ofUser) {
      const record = recordKey(layout, member);
      if (ofUser === undefined) {
        const answer = await sessions.run("remove", [record], [member, "", "", userIdField, ""]);
        if (answer === 0) return null;
        const removed = !Array.isArray(answer);
        const value = removed ? (answer as string) : (answer[0] as string);
        const found = await layout.inspect(value, member);
        if (found === null) return removed ? value : null;
        if (!removed) return (await removeExact(member, value, found.userId)) ? value : null;
        await leave(found.userId, member);
        return value;
      }
      const value = await sessions.get(record);
      const found = value === null ? null : await layout.inspect(value, member);
      if (value === null || found?.userId !== ofUser) return null;
      if (await removeExact(member, value, ofUser)) return value;
      return this.remove(member, ofUser);
    },

    removeExact,

    async removeAll(userId, except) {
      const condemned = (await onIndex("indexCondemn", userId, [except ?? ""])) as string[];
      const ofPeer = (await peerMembers(userId)).filter((member) => member !== except && !condemned.includes(member));
      const removed = await finish(userId, condemned);
      const removedOfPeer = await unlink(ofPeer);
      await leavePeer(userId, [...condemned, ...ofPeer]);
      return removed.length + removedOfPeer.length;
    },

    async list(userId) {
      const [answer, ofPeer] = await Promise.all([
        onIndex("indexMembers", userId) as Promise<string[]>,
        peerMembers(userId),
      ]);
      const end = answer.indexOf("");
      const condemned = answer.slice(end + 1);
      await finish(userId, condemned);
      const live = new Set([...answer.slice(0, end), ...ofPeer]);
      for (const member of condemned) live.delete(member);
      const members = [...live];
      const values = await sessions.getMany(members.map((member) => recordKey(layout, member)));
      return members.flatMap((member, i): [string, string][] => {
        const value = values[i];
        return typeof value === "string" ? [[member, value]] : [];
      });
    },

    async count(userId) {
      if (layout.peerIndexPrefix !== undefined) return (await this.list(userId)).length;
      return (await onIndex("indexCount", userId)) as number;
    },
  };
}
