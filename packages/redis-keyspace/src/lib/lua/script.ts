import type { RunnableScript, Script, Telling } from "../redis/driver.js";
import { KeyspaceError } from "../redis/errors.js";
import { type ScriptParts, variantSource } from "./variants.js";

// A script with names: for its keys, its arguments and its answers.
//
//   "record"         always given
//   "index?"         nil in Lua where it is not given
//   "...storedIds"   all that follow, as one table; only at the end
//
// What is not given at the end is not sent. In between, the first key stands in for a key that is not given (a Cluster
// takes no empty one), and the empty text for an argument. So neither of these can be the value of an optional name.

/**
 * All that a script can answer: a name for each whole number, and one for a text, a list or any number if it has them.
 */
export interface Answers {
  readonly [number: number]: string;
  readonly text?: string;
  readonly list?: string;
  readonly number?: string;
}

/** An answer by its name. */
export type Answer<Listed extends Answers> = {
  [Form in keyof Listed]: Form extends "text"
    ? { readonly kind: Listed[Form]; readonly text: string }
    : Form extends "list"
      ? { readonly kind: Listed[Form]; readonly list: readonly (string | null)[] }
      : Form extends "number"
        ? { readonly kind: Listed[Form]; readonly number: number }
        : { readonly kind: Listed[Form] };
}[keyof Listed];

/** What a script is given, under the names of its keys or arguments. */
type Given<Names extends readonly string[]> = {
  readonly [Name in Names[number] as Name extends `${string}?` | `...${string}` ? never : Name]: string;
} & {
  readonly [Name in Names[number] as Name extends `${infer Optional}?` ? Optional : never]?: string | undefined;
} & {
  readonly [Name in Names[number] as Name extends `...${infer Rest}` ? Rest : never]: readonly string[];
};

export interface ScriptDefinition<
  Keys extends readonly string[],
  Args extends readonly string[],
  Listed extends Answers,
> {
  readonly name: string;
  readonly keys: Keys;
  readonly args: Args;
  readonly answers: Listed;
  /**
   * Those answers that say that something was done, where the same script, carried out again, would answer otherwise or do
   * more. A list is one of strings only.
   */
  readonly remembers?: readonly Listed[keyof Listed][];
  /** Whether to ask first which commands this user may use. Default: true; what only repairs on its way need not. */
  readonly checks?: boolean;
  /** Whether its work is that of a few records, so that one command can run several. Default: false. */
  readonly short?: boolean;
  /** Its body. `call` is `redis.call`; each key and argument is a local with its name. */
  readonly lua: string;
}

/** A script with its names. */
export interface NamedScript<
  Keys extends readonly string[] = readonly string[],
  Args extends readonly string[] = readonly string[],
  Outcome = unknown,
> extends RunnableScript<Given<Keys>, Given<Args>, Outcome> {
  readonly keys: Keys;
  readonly args: Args;
  readonly answers: Answers;
}

export function defineScript<
  const Keys extends readonly [string, ...string[]],
  const Args extends readonly string[],
  const Listed extends Answers,
>(definition: ScriptDefinition<Keys, Args, Listed>): NamedScript<Keys, Args, Answer<Listed>> {
  const { name, keys, args, answers, remembers = [], checks = true, short = false, lua } = definition;
  const keyNames = keys.map(toName);
  const argNames = args.map(toName);
  const first = keyNames[0]?.name as string;
  const numbers = new Map(
    Object.entries(answers).flatMap(([form, kind]) =>
      Number.isInteger(Number(form)) ? [[Number(form), { kind }]] : [],
    ),
  );
  const parts: ScriptParts = {
    locals: (body) => [...locals("KEYS", keyNames, first, body), ...locals("ARGV", argNames, "''", body)],
    body: lua,
    keys: [...keyNames, ...argNames.filter((arg) => /Prefix$/.test(arg.name))].flatMap(({ name, form }) =>
      form !== "rest" && isUsed(name, lua) ? [name] : [],
    ),
    remembered: isOneOf(answers, remembers),
    makesKeysUp: args.some((arg) => /Prefix\??$/.test(arg)),
  };
  const variants = new Map<string, Script>();
  return {
    ...{ name, keys, args, answers, source: variantSource(parts) },
    remembers: remembers.length > 0,
    checks: checks && writes(lua),
    isShort: short,
    makesKeysUp: parts.makesKeysUp,
    tells: tellsOf(lua),
    variant(which) {
      const { remembering = false, checking = false, watching = false, telling = "" } = which;
      const variant = `${remembering} ${checking} ${watching} ${telling}`;
      const known = variants.get(variant);
      if (known !== undefined) return known;
      const made = { name, source: variantSource(parts, which) };
      variants.set(variant, made);
      return made;
    },
    keysOf: (given) => ordered(keyNames, given, (given as Values)[first] as string),
    argsOf: (given) => ordered(argNames, given, ""),
    answerOf(reply) {
      const known = named(answers, numbers, reply);
      if (known === undefined) throw new KeyspaceError("ERR_REDIS_REPLY", `the script "${name}" has no such answer`);
      return known as Answer<Listed>;
    },
  };
}

/** In Lua: whether `answer` is one of these. */
function isOneOf(answers: Answers, kinds: readonly unknown[]): string | undefined {
  const tests = Object.entries(answers).flatMap(([form, kind]) => {
    if (!kinds.includes(kind)) return [];
    const types: Readonly<Record<string, string>> = { number: "number", text: "string", list: "table" };
    const type = types[form];
    return [type === undefined ? `answer == ${form}` : `type(answer) == '${type}'`];
  });
  return tests.length === 0 ? undefined : tests.join(" or ");
}

/** Whether a body has a command that writes. */
function writes(lua: string): boolean {
  return /\bcall\('(SET|SETRANGE|UNLINK|PEXPIRE|PEXPIREAT|ZADD|ZREM|ZREMRANGEBYSCORE|SADD|SREM)'/.test(lua);
}

type Numbers = ReadonlyMap<number, { readonly kind: string }>;

function named({ number, text, list }: Answers, numbers: Numbers, reply: unknown): object | undefined {
  if (typeof reply === "number") {
    return numbers.get(reply) ?? (number === undefined ? undefined : { kind: number, number: reply });
  }
  if (typeof reply === "string") return text === undefined ? undefined : { kind: text, text: reply };
  return Array.isArray(reply) && list !== undefined ? { kind: list, list: reply as unknown[] } : undefined;
}

interface Name {
  readonly name: string;
  readonly form: "required" | "optional" | "rest";
}

function toName(text: string): Name {
  if (text.startsWith("...")) return { name: text.slice(3), form: "rest" };
  if (text.endsWith("?")) return { name: text.slice(0, -1), form: "optional" };
  return { name: text, form: "required" };
}

/** The lines that make a local of each key or argument that the body uses. */
function locals(source: "KEYS" | "ARGV", names: readonly Name[], none: string, lua: string): string[] {
  const used = names.flatMap(({ name, form }, i) =>
    isUsed(name, lua) || (source === "KEYS" && i === 0) ? [{ name, form, place: i + 1 }] : [],
  );
  const single = used.filter(({ form }) => form !== "rest");
  const lines =
    single.length === 0
      ? []
      : [
          `local ${single.map(({ name }) => name).join(", ")} = ${single.map(({ place }) => `${source}[${place}]`).join(", ")}`,
        ];
  const last = used.at(-1)?.place;
  for (const { name, form, place } of used) {
    if (form === "optional" && place !== last) lines.push(`if ${name} == ${none} then ${name} = nil end`);
    if (form === "rest" && place === 1) lines.push(`local ${name} = ${source}`);
    if (form === "rest" && place > 1) {
      lines.push(`local ${name} = {}`, `for i = ${place}, #${source} do ${name}[#${name} + 1] = ${source}[i] end`);
    }
  }
  return lines;
}

function tellsOf(lua: string): Telling | undefined {
  if (/^\s*tell(?!Change|User)/m.test(lua)) return "ends";
  return /^\s*tell/m.test(lua) ? "all" : undefined;
}

function isUsed(name: string, lua: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(lua);
}

function ordered(names: readonly Name[], given: Values, none: string): string[] {
  const values: string[] = [];
  let length = 0;
  for (let i = 0; i < names.length; i++) {
    const { name, form } = names[i] as Name;
    const value = given[name];
    if (form === "rest" && value !== undefined && value.length > 0) return values.concat(value);
    if (form === "rest") break;
    values.push((value as string | undefined) ?? none);
    if (value !== undefined) length = values.length;
  }
  if (length < values.length) values.length = length;
  return values;
}

type Values = Readonly<Record<string, string | readonly string[] | undefined>>;
