import { type Command, InvalidArgumentError, Option } from "commander";
import {
  createRecordStore,
  type Layout,
  type LayoutOptions,
  type LayoutStore,
  type LayoutStoreOptions,
} from "redis-keyspace/adapter";
import { seal } from "redis-keyspace/sealing";
import { CliError } from "./cli-error.js";
import type { RetryOptions } from "./connect-redis.js";
import type { Connection } from "./connection.js";
import { exitCodes } from "./exit-codes.js";
import { type PresetName, presetNames, presets } from "./presets.js";
import { toCliError } from "./redis-errors.js";

/** What every command takes. */
export interface CommonOptions {
  readonly url: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** What commands take that look at the sessions of one application. */
export interface LayoutFlags {
  readonly preset: PresetName;
  readonly prefix?: string;
  readonly userSessionsPrefix?: string;
  readonly userId?: readonly string[];
  readonly hashIds?: boolean;
  readonly secrets?: readonly string[];
}

/** What commands take that go through all keys. */
export interface ScanFlags {
  /** Keys a second. */
  readonly rate: number;
}

/** What commands take that look for all that is kept of a person. */
export interface PersonFlags {
  readonly email?: string;
}

/** What commands take that end or remove something. */
export interface WriteFlags extends StreamFlags {
  readonly yes?: boolean;
}

/** What commands take that tell running processes something, or hear of it. */
export interface StreamFlags {
  readonly channelPrefix?: string;
}

export function withCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--url <url>", "Redis, a Cluster, Sentinels or Upstash")
        .env("REDIS_URL")
        .default("redis://127.0.0.1:6379"),
    )
    .addOption(new Option("--token <token>", "of Upstash").env("UPSTASH_REDIS_REST_TOKEN"))
    .option("--json", "one JSON text for programs");
}

export function withLayoutOptions(command: Command): Command {
  return command
    .hook("preAction", () => checkPrefixes(command.opts()))
    .addOption(new Option("--preset <name>", "whose keys").choices(presetNames).default("core"))
    .option("--prefix <prefix>", "what a session's key starts with, if not as in the preset", notEmpty)
    .option(
      "--user-sessions-prefix <prefix>",
      "the same for the keys of a user's sessions, where it does not follow: next to --prefix",
      notEmpty,
    )
    .option("--user-id <member>", "the member of a session that names its user, as passport.user", path)
    .option("--hash-ids", "keys hold hashes of session ids")
    .option("--no-hash-ids", "keys hold session ids")
    .addOption(
      new Option("--secrets <secrets>", "of sealed sessions, with commas between them")
        .env("KEYSPACE_SECRETS")
        .argParser(list),
    );
}

export function withScanOptions(command: Command, rate = 20_000): Command {
  return command.addOption(
    new Option("--rate <keys>", "at most so many keys a second").default(rate).argParser(keysASecond),
  );
}

export function withPersonOptions(command: Command): Command {
  return command.option(
    "--email <address>",
    "the user's, for what it alone names, where no record and no live session has it",
    notEmpty,
  );
}

export function withWriteOptions(command: Command): Command {
  return withStreamOptions(command.option("--yes", "without a question"));
}

export function withStreamOptions(command: Command): Command {
  return command.option(
    "--channel-prefix <prefix>",
    "that of the application's createSessionStream, if it has another",
  );
}

/** The layout that the flags name. */
export function layoutOf({ preset: name, ...flags }: LayoutFlags): Layout {
  const preset = presets[name];
  const { prefix: sessionPrefix, userSessionsPrefix, userId, hashIds, secrets } = flags;
  const options: LayoutOptions = {
    ...{ sessionPrefix, userSessionsPrefix, hashIds },
    codec: secrets === undefined ? undefined : seal(secrets),
    userIdFrom: userId === undefined ? undefined : (data) => memberAt(data, userId),
  };
  return preset.layout(options);
}

/** The sessions that the flags name. */
export function openStore({ client }: Connection, flags: LayoutFlags, options?: LayoutStoreOptions): LayoutStore {
  const { sessions, open } = layoutOf(flags);
  return open === undefined ? createRecordStore(client, { ...sessions, ...options }) : open(client, options);
}

/**
 * The keys of a user's sessions begin as the others do, or are named too: otherwise a user would seem to have none.
 *
 * @param side Of options that are `--from-prefix`: `from-`.
 */
export function checkPrefixes({ preset, prefix, userSessionsPrefix }: LayoutFlags, side = ""): void {
  const { layout } = presets[preset];
  const own = layout().sessions;
  const follows = layout({ sessionPrefix: "a:" }).sessions.userSessionsPrefix !== own.userSessionsPrefix;
  if (follows && userSessionsPrefix !== undefined) {
    throw new CliError(
      `${preset} takes no --${side}user-sessions-prefix: it follows from --${side}prefix`,
      exitCodes.usage,
    );
  }
  if (follows || (prefix === undefined) === (userSessionsPrefix === undefined)) return;
  const [missing, usual] =
    prefix === undefined
      ? ["prefix", own.sessionPrefix]
      : ["user-sessions-prefix", own.legacyIndexPrefix ?? own.userSessionsPrefix];
  throw new CliError(`--${side}${missing} is missing: one prefix does not follow from the other`, exitCodes.usage, {
    advice: `Where the application has not set it: --${side}${missing} ${usual}`,
  });
}

/** For a command that takes a user. */
export function checkNamesUsers({ preset, userId }: LayoutFlags): void {
  if (!presets[preset].needsUserId || userId !== undefined) return;
  throw new CliError(`sessions of ${preset} do not say whose they are`, exitCodes.usage, {
    advice: "Name the member that does: --user-id passport.user",
  });
}

/** Connects, does it, and disconnects. */
export async function connected<Result>(
  options: CommonOptions & RetryOptions,
  task: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  // Whoever asks for help waits for no client to load.
  const { connect } = await import("./connect.js");
  const connection = await connect(options);
  try {
    return await task(connection);
  } catch (error) {
    throw toCliError(error, connection.name);
  } finally {
    await connection.close();
  }
}

function memberAt(data: unknown, members: readonly string[]): string | null {
  const found = members.reduce<unknown>(
    (value, member) =>
      typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[member] : undefined,
    data,
  );
  return typeof found === "string" || typeof found === "number" ? String(found) : null;
}

export function notEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
}

export function path(text: string): readonly string[] {
  const members = text.split(".");
  if (members.includes("")) throw new InvalidArgumentError("It must be names with dots between them.");
  return members;
}

function keysASecond(text: string): number {
  const rate = Number(text);
  if (!Number.isInteger(rate) || rate < 1) throw new InvalidArgumentError("It must be a whole number above 0.");
  return rate;
}

export function list(text: string): readonly string[] {
  return text.split(",");
}
