import type { ScriptName } from "../scripts.js";
import { type OwnedScriptName, ownedScripts } from "./owned-scripts.js";
import { type Layout, type Protocol, recordKey } from "./protocol.js";
import { together } from "./together.js";

/** Where the owners of sessions are, and what the replaced package keeps of its own. */
export interface Owners {
  readonly ownerPrefix: string;
  readonly peerPointerPrefix: string;
  readonly expiresAtField: string;
  /** Prefixes of other models that lie inside one of ours. */
  readonly nested: readonly string[];
}

export interface OwnedProtocol extends Protocol {
  /** The record and its owner's; `null` if one of them is not there. */
  getWithOwner(member: string): Promise<readonly [value: string, owner: string] | null>;
  /**
   * The record with some of its members changed, given as names and values in JSON; `null`: there is none. A new deadline
   * and a new owner are given besides. `false`: this owner has as many sessions as allowed.
   */
  patch(
    member: string,
    changes: readonly string[],
    deadline: number | null,
    userId: string | null,
  ): Promise<string | false | null>;
}

/**
 * `together`, for sessions whose owners are stored beside them: none is created for an owner who is gone, and the
 * sessions that the replaced package wrote are found through its pointers. A `rotate` leaves the pointer as it is.
 */
export function owned(layout: Layout, owners: Owners): OwnedProtocol {
  const { sessions, userIdField } = layout;
  const { keyPrefix } = sessions.driver;
  const fixed = [
    ...[layout.sessionPrefix, layout.userSessionsPrefix, owners.peerPointerPrefix, owners.ownerPrefix].map(
      (prefix) => keyPrefix + prefix,
    ),
    ...[userIdField, owners.expiresAtField].map((field) => JSON.stringify(field)),
  ];

  function run(name: ScriptName | OwnedScriptName, keys: readonly string[], args: readonly string[] = []) {
    if (!isOwned(name)) return sessions.run(name, keys, args);
    return sessions.run(ownedScripts[name], keys, [...fixed, ...args]);
  }

  const protocol: OwnedProtocol = {
    ...together(layout, run),

    async getWithOwner(member) {
      const answer = await run("getWithOwner", [recordKey(layout, member)]);
      return Array.isArray(answer) ? (answer as [string, string]) : null;
    },

    async patch(member, changes, deadline, userId) {
      const cap = [String(layout.maxSessionsPerUser), layout.whenFull];
      const args = [member, String(deadline ?? ""), userId ?? "", ...cap, ...changes];
      const answer = await run("patch", [recordKey(layout, member)], args);
      if (answer === -1) return false;
      return typeof answer === "string" ? answer : null;
    },

    async touch(member, deadline) {
      const expires = [owners.expiresAtField, new Date(deadline)].map((part) => JSON.stringify(part));
      return (await protocol.patch(member, expires, deadline, null)) === null ? null : deadline;
    },
  };
  return protocol;
}

function isOwned(name: string): name is OwnedScriptName {
  return name in ownedScripts;
}
