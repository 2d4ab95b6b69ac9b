import { createHash } from "node:crypto";
import { toLuciaV3 } from "@redis-keyspace/lucia/layout";
import {
  type AdoptOutcome,
  createRecordAdopter,
  createRecordMover,
  type Layout,
  type MoveOutcome,
  type RecordAdopter,
} from "redis-keyspace/adapter";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { checkNamesUsers, checkPrefixes, type LayoutFlags, layoutOf } from "../options.js";
import type { PresetName } from "../presets.js";

/** What `migrate` takes to know where sessions are and where they shall be. */
export interface MigrateFlags {
  readonly from: PresetName;
  readonly to?: PresetName;
  readonly userId?: readonly string[];
  readonly fromPrefix?: string;
  readonly fromUserSessionsPrefix?: string;
  readonly fromHashIds?: boolean;
  readonly fromSecrets?: readonly string[];
  readonly toPrefix?: string;
  readonly toUserSessionsPrefix?: string;
  readonly toHashIds?: boolean;
  readonly toSecrets?: readonly string[];
}

/** What is to be done with each session. */
export interface Plan {
  /** `adopt`: it stays where it is; `move`: to another key. */
  readonly kind: "adopt" | "move";
  /** In a line, for people. */
  readonly title: string;
  /** The same for the same flags: a name for what is done of it. */
  readonly id: string;
  readonly pattern: string;
  /** What the keys of legacy sets start with, if they are to be taken over. */
  readonly setPrefix: string | undefined;
  storedIdOf(key: string): string | null;
  carryOut(storedIds: readonly string[]): Promise<(AdoptOutcome | MoveOutcome)[]>;
  preview(storedIds: readonly string[]): Promise<(AdoptOutcome | MoveOutcome)[]>;
  adoptSet: RecordAdopter<unknown>["adoptSet"];
}

/** Presets with one model can take each other's sessions. */
const models: Readonly<Record<PresetName, string>> = {
  core: "core",
  sveltekit: "core",
  lucia: "lucia",
  "lucia-v3": "lucia-v3",
  curveball: "curveball",
  "express-session": "express-session",
  "sveltekit-v0": "sveltekit-v0",
  "sveltekit-v1": "sveltekit-v0",
  "next-auth": "next-auth",
  "better-auth": "better-auth",
};

/** What makes sessions of one preset those of another. */
const conversions: Readonly<Record<string, (session: never) => unknown>> = { "lucia to lucia-v3": toLuciaV3 };

/** Their sessions are named by other keys too, and their adapters read no former layout. */
const immovable: readonly PresetName[] = ["next-auth", "better-auth"];

/** @throws {CliError} for what cannot be migrated. */
export function planOf(connection: Connection, flags: MigrateFlags): Plan {
  const { from: fromPreset, to: toPreset = fromPreset } = flags;
  const sides = sidesOf(flags, toPreset);
  checkPrefixes(sides.from, "from-");
  const [from, to] = [layoutOf(sides.from).sessions, layoutOf(sides.to).sessions];
  const isSameKey = from.sessionPrefix === to.sessionPrefix && (from.hashIds ?? false) === (to.hashIds ?? false);
  const isSameSeal = String(sides.from.secrets ?? "") === String(sides.to.secrets ?? "");
  const convert = conversions[`${fromPreset} to ${toPreset}`] as ((session: unknown) => unknown) | undefined;
  if (models[fromPreset] !== models[toPreset] && convert === undefined) {
    throw refused(`sessions of ${fromPreset} cannot become sessions of ${toPreset}`);
  }
  if (isSameKey && !isSameSeal) {
    throw refused("a session that gets other secrets needs another key", "Give it another prefix: --to-prefix");
  }
  // Without an owner they would be in no index, and no sign-out everywhere would find them.
  for (const side of [sides.from, sides.to]) checkNamesUsers(side);
  const id = idOf([fromPreset, factsOf(from), toPreset, factsOf(to), flags.userId ?? null]);
  if (isSameKey) {
    const adopter = createRecordAdopter(connection.client, to);
    return {
      ...{ kind: "adopt", title: `sessions under ${to.sessionPrefix} are taken over where they are`, id },
      ...{ pattern: adopter.pattern, setPrefix: to.legacyIndexPrefix },
      storedIdOf: (key) => adopter.storedIdOf(key),
      carryOut: (storedIds) => adopter.adopt(storedIds),
      preview: (storedIds) => adopter.preview(storedIds),
      adoptSet: (userId) => adopter.adoptSet(userId),
    };
  }
  if (immovable.includes(fromPreset)) throw refused(`sessions of ${fromPreset} cannot move: other keys name them`);
  const mover = createRecordMover(connection.client, { from, to, convert });
  return {
    ...{ kind: "move", title: `sessions move from ${nameOf(from)} to ${nameOf(to)}`, id },
    ...{ pattern: mover.pattern, setPrefix: undefined },
    storedIdOf: (key) => mover.storedIdOf(key),
    carryOut: (storedIds) => mover.move(storedIds),
    preview: (storedIds) => mover.preview(storedIds),
    adoptSet: () => Promise.resolve(0),
  };
}

/** What is not said of the other side stays as it is, unless it is another's. */
function sidesOf(flags: MigrateFlags, toPreset: PresetName): { from: LayoutFlags; to: LayoutFlags } {
  const { from: preset, userId } = flags;
  const from = {
    ...given({ prefix: flags.fromPrefix, userSessionsPrefix: flags.fromUserSessionsPrefix }),
    ...given({ hashIds: flags.fromHashIds, secrets: flags.fromSecrets, userId }),
  };
  const to = {
    ...given({ prefix: flags.toPrefix, userSessionsPrefix: flags.toUserSessionsPrefix }),
    ...given({ hashIds: flags.toHashIds, secrets: flags.toSecrets, userId }),
  };
  return { from: { preset, ...from }, to: { preset: toPreset, ...(toPreset === preset && from), ...to } };
}

type Given<Flags> = { [Name in keyof Flags]?: Exclude<Flags[Name], undefined> };

function given<Flags extends object>(flags: Flags): Given<Flags> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as Given<Flags>;
}

type SessionsLayout = Layout["sessions"];

/** What tells one layout from another, without secrets. */
function factsOf({ sessionPrefix, userSessionsPrefix, hashIds = false, codec }: SessionsLayout): readonly unknown[] {
  return [sessionPrefix, userSessionsPrefix, hashIds, codec !== undefined];
}

function nameOf({ sessionPrefix, hashIds = false, codec }: SessionsLayout): string {
  const how = [hashIds ? "hashed" : undefined, codec === undefined ? undefined : "sealed"].filter(Boolean);
  return how.length === 0 ? sessionPrefix : `${sessionPrefix} (${how.join(", ")})`;
}

function idOf(facts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("base64url").slice(0, 16);
}

function refused(message: string, advice?: string): CliError {
  return new CliError(message, exitCodes.usage, advice === undefined ? {} : { advice });
}
