import fc from "fast-check";
import type { NamedScript } from "../src/lib/lua/script.js";

// What a script can be given, and what can be there when it runs. Everything is text in which <p> stands for the prefix of
// the run, <+300000> for a time so many milliseconds from now, and <iso-300000> for such a time as JSON has it, so that a
// counterexample can be read.

/** Commands that make the keyspace what it is when the script runs. */
type State = readonly (readonly string[])[];

export interface Input {
  readonly state: State;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export function resolve(text: string, prefix: string, now: number): string {
  return text
    .replaceAll("<p>", prefix)
    .replace(/<(iso)?([-+]\d+)>/g, (_, iso: string | undefined, offset: string) =>
      iso === undefined ? String(now + Number(offset)) : new Date(now + Number(offset)).toISOString(),
    );
}

const ids = ["a", "b", "c", "é-1"];
const names = ["u1", "u2", 'q"ü'];

/** Deadlines are given in odd multiples of 50 seconds, and what is there ends at even ones: equal ones would be a race. */
const lives = fc.constantFrom("<+100000>", "<+200000>", "<+300000>");
const deadlines = fc.constantFrom("<+50000>", "<+150000>", "<+250000>", "<+350000>");

const id = fc.constantFrom(...ids);
const idOrNew = fc.oneof({ arbitrary: id, weight: 4 }, { arbitrary: fc.constant("new"), weight: 1 });
const name = fc.constantFrom(...names);
const json = name.map((text) => JSON.stringify(text));
const times = fc.oneof({ arbitrary: lives, weight: 4 }, { arbitrary: fc.constant("<-100000>"), weight: 1 });

/** Nothing most often, or the names that a rotation with a grace leaves. */
const links = fc
  .tuple(fc.option(fc.constantFrom(...ids), { freq: 1 }), fc.option(fc.constantFrom(...ids), { freq: 1 }))
  .map(
    ([successor, former]) =>
      (successor === null ? "" : `,"successor":${JSON.stringify(successor)}`) +
      (former === null ? "" : `,"former":[${JSON.stringify(former)},<+100000>]`),
  );

const headed = fc
  .tuple(times, fc.option(lives, { nil: "null" }), fc.option(json, { nil: "null" }), links)
  .map(
    ([at, end, user, link]) =>
      `{"expiresAt":${at},"endsAt":${end},"userId":${user}${link},"createdAt":1,"data":{"n":1}}`,
  );

/** A member and its value, as JSON. */
const member = fc.oneof(
  fc.tuple(fc.constantFrom('"userId"', '"id"', '"email"', '"user_id"'), json),
  fc.tuple(
    fc.constant('"expires"'),
    times.map((at) => `"<iso${at.slice(1)}"`),
  ),
  fc.tuple(
    fc.constantFrom('"n"', '"userId"', '"x"'),
    fc.constantFrom("1", "null", "[]", '{"a":[1,2]}', '"\\u00e9"', "7.50"),
  ),
);

const foreign = fc
  .uniqueArray(member, { selector: ([key]) => key, maxLength: 6 })
  .map((members) => `{${members.map((pair) => pair.join(":")).join(",")}}`);

const text = fc.oneof(
  { arbitrary: headed, weight: 5 },
  { arbitrary: foreign, weight: 5 },
  {
    arbitrary: fc.constantFrom("", "no JSON", "[1]", '{"expiresAt":12,"endsAt":null,"userId":"u1"}', '{"userId":"u1"'),
    weight: 1,
  },
);

/** A user has an id and most often an e-mail address. */
const user = (owner: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(fc.option(json), fc.constantFrom("", ',"n":1'))
      .map(([email, more]) => `{"id":${JSON.stringify(owner)}${email === null ? "" : `,"email":${email}`}${more}}`),
    text,
  );

type Commands = fc.Arbitrary<string[][]>;

/** Nothing, something, or rarely something of another type; with or without a TTL. */
function present(key: string, something: Commands, other: string[]): Commands {
  const expiry = fc.option(lives, { freq: 2 }).map((at) => (at === null ? [] : [["PEXPIREAT", key, at]]));
  const value = fc.oneof(
    { arbitrary: something, weight: 20 },
    { arbitrary: fc.constant<string[][]>([]), weight: 8 },
    { arbitrary: fc.constant([other]), weight: 1 },
  );
  return fc.tuple(value, expiry).map(([commands, expire]) => [...commands, ...expire]);
}

const string = (key: string, value: fc.Arbitrary<string>): Commands =>
  present(
    key,
    value.map((it) => [["SET", key, it]]),
    ["SADD", key, "x"],
  );

const set = (key: string): Commands =>
  present(
    key,
    fc.subarray(ids, { minLength: 1 }).map((members) => [["SADD", key, ...members]]),
    ["SET", key, "x"],
  );

const score = fc.oneof(
  { arbitrary: times, weight: 6 },
  { arbitrary: fc.constantFrom("-1", "-2", "-<-30000>", "-<-200000>", "-<+100000>", "<+100000>.5", "0"), weight: 3 },
);

const sortedSet = (key: string): Commands =>
  present(
    key,
    fc
      .uniqueArray(fc.tuple(score, id), { selector: ([, entry]) => entry, minLength: 1 })
      .map((entries) => [["ZADD", key, ...entries.flat()]]),
    ["SET", key, "x"],
  );

/** A pointer names a record or a link; an address has a user. */
const pointed = fc.tuple(fc.constantFrom("<p>s:", "<p>k:", ""), id).map(([prefix, entry]) => prefix + entry);

const state: fc.Arbitrary<State> = fc
  .tuple(
    ...ids.flatMap((entry) => [string(`<p>s:${entry}`, text), string(`<p>k:${entry}`, text)]),
    ...names.flatMap((owner) => [
      ...[sortedSet(`<p>i:${owner}`), set(`<p>l:${owner}`), string(`<p>p:${owner}`, pointed)],
      ...[string(`<p>u:${owner}`, user(owner)), string(`<p>e:${owner}`, name), string(`<p>t:${owner}:a`, text)],
    ]),
  )
  .map((commands) => commands.flat());

/** Whom a call is about. */
const cast = fc.record({ id: idOrNew, newId: idOrNew, name, otherName: name });
type Cast = typeof cast extends fc.Arbitrary<infer Value> ? Value : never;
interface World extends Cast {
  readonly state: State;
}

const keys: Readonly<Record<string, (cast: Cast) => string>> = {
  record: (on) => `<p>s:${on.id}`,
  newRecord: (on) => `<p>s:${on.newId}`,
  index: (on) => `<p>i:${on.name}`,
  formerIndex: (on) => `<p>i:${on.otherName}`,
  legacySet: (on) => `<p>l:${on.name}`,
  formerLegacySet: (on) => `<p>l:${on.otherName}`,
  pointer: (on) => `<p>p:${on.name}`,
  user: (on) => `<p>u:${on.name}`,
  address: (on) => `<p>e:${on.otherName}`,
  link: (on) => `<p>k:${on.id}`,
  token: (on) => `<p>t:${on.name}:${on.id}`,
};

/** Another session than the one a call is about. */
const otherThan = (on: Cast): string => (on.id === "b" ? "c" : "b");

/** What is there, most often: the caller has read it. */
const current = ({ state, id }: Pick<World, "state" | "id">): fc.Arbitrary<string> => {
  const value = state.find(([command, key]) => command === "SET" && key === `<p>s:${id}`)?.[2];
  return value === undefined
    ? text
    : fc.oneof({ arbitrary: fc.constant(value), weight: 5 }, { arbitrary: text, weight: 1 });
};

const is = (value: string) => () => fc.constant(value);
const oneOf =
  (...values: string[]) =>
  () =>
    fc.constantFrom(...values);

const args: Readonly<Record<string, (world: World) => fc.Arbitrary<string>>> = {
  value: () => text,
  moved: () => text,
  closed: () => headed,
  leftMs: oneOf("50000", "250000"),
  ended: () => headed,
  hasHeader: is("1"),
  sameHeader: is("1"),
  back: is("1"),
  hashed: is("1"),
  judge: is("ask"),
  sendBefore: () => times,
  ghostCount: oneOf("0", "1", "2"),
  expected: current,
  deadline: () => fc.oneof({ arbitrary: deadlines, weight: 9 }, { arbitrary: fc.constant("<-50000>"), weight: 1 }),
  formerDeadline: () => times,
  graceEnd: () => deadlines,
  graceMs: oneOf("0", "30000"),
  enoughMs: oneOf("0", "150000", "250000"),
  lifetimeMs: oneOf("100000", "250000"),
  limit: oneOf("1", "2", "3"),
  whenFull: oneOf("evict-oldest", "reject"),
  most: oneOf("1", "2", "2000"),
  removedCount: oneOf("0", "1", "2"),
  storedId: (world) => fc.constant(world.id),
  newStoredId: (world) => fc.constant(world.newId),
  successor: (world) => fc.constant(world.newId),
  kind: is("changed"),
  reason: is("revoked"),
  id: (world) => fc.constant(world.name),
  userId: (world) => fc.constant(world.name),
  newUserId: (world) => fc.constant(world.otherName),
  onlyUserId: () => name,
  userIdField: oneOf("userId", "user_id", "x"),
  expiresAtField: is('"expires"'),
  email: (world) => fc.constant(JSON.stringify(world.otherName)),
  recordPrefix: is("<p>s:"),
  indexPrefix: is("<p>i:"),
  legacyPrefix: is("<p>l:"),
  pointerPrefix: is("<p>p:"),
  userPrefix: is("<p>u:"),
  emailPrefix: is("<p>e:"),
  tokenPrefix: is("<p>t:"),
  tokenIndexPrefix: is("<p>i:"),
  linkPrefix: is("<p>k:"),
  sessionPrefix: is("<p>s:"),
  sessionIndexPrefix: is("<p>i:"),
  sessionPointerPrefix: is("<p>p:"),
  changes: () => members(1).map((pairs) => JSON.stringify(pairs)),
};

const members = (minLength: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(member, { selector: ([key]) => key, minLength, maxLength: 3 }).map((pairs) => pairs.flat());

/** Those that are all that follow. */
const lists: Readonly<Record<string, (world: World) => fc.Arbitrary<string[]>>> = {
  others: () => fc.subarray(ids).map((entries) => entries.map((entry) => `<p>s:${entry}`)),
  linkedRecords: (on) => fc.constantFrom([], [`<p>s:${otherThan(on)}`, "<p>s:new-too"]),
  linked: (world) =>
    fc
      .tuple(current({ ...world, id: otherThan(world) }), text, fc.constantFrom("", "-"), deadlines)
      .map(([expected, moved, sign, at]) => [expected, moved, otherThan(world), "new-too", sign + at]),
  storedIds: () => fc.subarray(ids),
  uncounted: () => fc.subarray(ids),
  except: () => fc.subarray(ids),
  match: () => fc.oneof(fc.constant<string[]>([]), members(0)),
  changes: () => members(0),
  linkPrefixes: () => fc.constantFrom("<p>p:", "").map((pointers) => ["<p>k:", "<p>i:", pointers]),
};

function known<Value>(table: Readonly<Record<string, Value>>, form: string, script: NamedScript): Value {
  const found = Object.hasOwn(table, form) ? table[form] : undefined;
  if (found === undefined) throw new Error(`script-inputs.ts does not know "${form}" of the script "${script.name}"`);
  return found;
}

/** A value for each of these names. */
function given(
  script: NamedScript,
  list: readonly string[],
  world: World,
  single: (form: string) => fc.Arbitrary<string>,
): fc.Arbitrary<Record<string, string | string[] | undefined>> {
  const entries = list.map((form): [string, fc.Arbitrary<string | string[] | undefined>] => {
    if (form.startsWith("...")) return [form.slice(3), known(lists, form.slice(3), script)(world)];
    if (form.endsWith("?"))
      return [form.slice(0, -1), fc.option(single(form.slice(0, -1)), { nil: undefined, freq: 2 })];
    return [form, single(form)];
  });
  return fc.record(Object.fromEntries(entries));
}

/** Calls of a script. @throws for a name that the tables above do not have. */
export function inputs(script: NamedScript): fc.Arbitrary<Input> {
  const form = (world: World) =>
    fc.record({
      state: fc.constant(world.state),
      keys: given(script, script.keys, world, (key) => fc.constant(known(keys, key, script)(world))).map((it) => [
        ...script.keysOf(it as Parameters<NamedScript["keysOf"]>[0]),
      ]),
      args: given(script, script.args, world, (arg) => known(args, arg, script)(world)).map((it) => [
        ...script.argsOf(it as Parameters<NamedScript["argsOf"]>[0]),
      ]),
    });
  return fc.tuple(cast, state).chain(([on, there]) => form({ ...on, state: there }));
}
