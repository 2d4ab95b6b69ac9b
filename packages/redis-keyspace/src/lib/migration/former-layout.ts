import type { Layout, LayoutOptions } from "../adapter/layout.js";
import { checkPrefixes, type Prefixes, shareSlot } from "../keyspace.js";
import { checkBoolean, checkKnown, checkString } from "../options.js";
import type { RecordModel } from "../records/record-model.js";
import type { Driver } from "../redis/driver.js";
import { checkCodec, type FormerLayout, type MigratingFrom, type RecordStoreOptions } from "../store-options.js";

/**
 * The option `migratingFrom` as `createRecordStore` takes it.
 *
 * @param layout The store's layout for options.
 * @param record How its records were written.
 * @throws {TypeError} naming the option that is wrong.
 */
export function formerLayout<Value>(
  option: MigratingFrom | undefined,
  layout: (options: LayoutOptions) => Layout,
  record: RecordModel<Value>,
): FormerLayout<Value> | undefined {
  if (option === undefined) return undefined;
  checkKnown(option, ["sessionPrefix", "userSessionsPrefix", "hashIds", "codec", "moves"], "migratingFrom");
  const { moves, ...former } = option;
  for (const [name, given] of Object.entries({ hashIds: former.hashIds, moves })) {
    if (given !== undefined) checkBoolean(`migratingFrom.${name}`, given);
  }
  for (const name of ["sessionPrefix", "userSessionsPrefix"] as const) {
    const given = former[name];
    if (given !== undefined) checkString(`migratingFrom.${name}`, given);
  }
  checkCodec("migratingFrom.codec", former.codec);
  const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix, hashIds, codec } = layout(former).sessions;
  return { record, sessionPrefix, userSessionsPrefix, legacyIndexPrefix, hashIds, codec, moves };
}

/** What has to be known of a store to tell whether its records can move. */
type Moving = Prefixes & Pick<RecordStoreOptions<unknown>, "hashIds" | "topology" | "stream" | "cache">;

interface MoveCheck {
  readonly to: Moving;
  readonly driver: Driver;
  readonly hasTwoClients: boolean;
  readonly named: (option: string) => string;
}

/** @throws {TypeError} where records cannot move from there to here. */
export function checkMove(from: Prefixes & { readonly hashIds?: boolean | undefined }, check: MoveCheck): void {
  const { to, driver, hasTwoClients, named } = check;
  const name = named("migratingFrom");
  const refuse = (why: string): never => {
    throw new TypeError(`option "${name}" ${why}`);
  };
  for (const other of ["stream", "cache"] as const) {
    if (to[other] !== undefined) refuse(`cannot be used with "${named(other)}"`);
  }
  if (hasTwoClients) refuse("needs one client for sessions and users");
  if (to.topology === "stepwise") refuse(`cannot be used with "${named("topology")}" stepwise`);
  if (from.hashIds && !to.hashIds) refuse(`has "hashIds": hashes cannot become ids again`);
  const isElsewhere = from.sessionPrefix !== to.sessionPrefix || (from.hashIds ?? false) !== (to.hashIds ?? false);
  if (!isElsewhere) refuse("must have another prefix or other hashIds: the keys would be the same");
  // A store takes an entry without a record under its own prefix for one that has ended.
  if (from.sessionPrefix !== to.sessionPrefix && from.userSessionsPrefix === to.userSessionsPrefix) {
    refuse(`needs another "${named("userSessionsPrefix")}" too, where "${named("sessionPrefix")}" is another`);
  }
  const prefixes = ofModels(to);
  for (const [option, prefix] of ofModels(from)) {
    if (!prefixes.some(([other, known]) => other === option && known === prefix)) {
      prefixes.push([`${name}.${option}`, prefix]);
    }
  }
  checkPrefixes(Object.fromEntries(prefixes), undefined, (option) =>
    option.startsWith(name) ? option : named(option),
  );
  if (driver.cluster && !shareSlot(prefixes.map(([, prefix]) => driver.keyPrefix + prefix))) {
    refuse("needs one {hash tag} in all prefixes, before and now: on a Cluster a session moves within its slot");
  }
}

function ofModels({ sessionPrefix, userSessionsPrefix, legacyIndexPrefix }: Prefixes): [string, string][] {
  const prefixes: [string, string][] = [
    ["sessionPrefix", sessionPrefix],
    ["userSessionsPrefix", userSessionsPrefix],
  ];
  if (legacyIndexPrefix !== undefined) prefixes.push(["legacyIndexPrefix", legacyIndexPrefix]);
  return prefixes;
}
