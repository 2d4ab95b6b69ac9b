import { besideLegacySets, type LegacySets, noLegacySets } from "../legacy-sets.js";
import { create, createUndated } from "./create.js";
import { deleteExact, deleteOne } from "./delete.js";
import { deleteAll } from "./delete-all.js";
import { count, list, listIds } from "./list.js";
import { move, rotate } from "./rotate.js";
import { touch } from "./touch.js";
import { touchKey, touchOwnedKey } from "./touch-key.js";
import { transfer } from "./transfer.js";
import { update } from "./update.js";

/** The scripts that use a record and its owner's index in one. */
const family = (sets: LegacySets) => ({
  create: create(sets),
  createUndated: createUndated(sets),
  update: update(sets),
  touch: touch(sets),
  touchKey: touchKey(sets),
  touchOwnedKey: touchOwnedKey(sets),
  rotate: rotate(sets),
  move: move(sets),
  transfer: transfer(sets),
  delete: deleteOne(sets),
  deleteExact: deleteExact(sets),
  deleteAll: deleteAll(sets),
  list: list(sets),
  listIds: listIds(sets),
  count: count(sets),
});

export type AtomicScripts = ReturnType<typeof family>;

export const atomicScripts: AtomicScripts = family(noLegacySets);
export const legacyAtomicScripts: AtomicScripts = family(besideLegacySets);
