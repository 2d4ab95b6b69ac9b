// What can stand around the body of a script. Each variant is a script of its own, made when it is first needed.
//
// Remembering: the key of the operation and its lifetime follow the keys and the arguments. What a run did is answered
// again where the same operation comes once more, and not done again.
//
// Watching: for a Cluster. While a slot moves, some of its keys are at one node and some at another. Redis looks whether the
// keys that a script is given are all there, and takes those that it makes up for absent at the node that receives them.
// So the first use of such a key names it together with one that the script was given, which Redis refuses.
//
// Checking: asks first whether this user may use each command of the body, because Lua does not roll back. From Redis
// 7.0; before that there is nothing to ask with.
//
// Telling: the owners, now and before, as they stand in the message, and a channel follow the arguments. The lines of a body that begin with `tell`
// PUBLISH there what was done (see `live/messages.ts`); in the other variants they are left out.

import type { Telling, Variant } from "../redis/driver.js";

/** A script in parts. */
export interface ScriptParts {
  /** The locals for those of its keys and arguments that a body uses, as lines of Lua. */
  readonly locals: (body: string) => readonly string[];
  readonly body: string;
  /** The names of locals that hold a key or what keys start with. */
  readonly keys: readonly string[];
  /** In Lua: whether `answer` is to be remembered. */
  readonly remembered: string | undefined;
  /** Whether it is given a prefix, to make keys up with. */
  readonly makesKeysUp: boolean;
}

export function variantSource(
  parts: ScriptParts,
  { remembering = false, checking = false, watching = false, telling }: Variant = {},
): string {
  const { locals, remembered, makesKeysUp } = parts;
  const body = parts.body.replace(silenced(telling), "");
  const lines = [watching ? watch : "local call = redis.call"];
  // Dragonfly allows it with this line. To others it is a comment.
  if (makesKeysUp) lines.unshift("--!df flags=allow-undeclared-keys");
  if (remembering) lines.push("local operation, lifetime = table.remove(KEYS), table.remove(ARGV)");
  if (telling !== undefined) lines.push(tellersOf(body));
  lines.push(...locals(body));
  if (checking) lines.push(checks(parts, { remembering, watching }));
  lines.push(remembering ? remember(body, remembered as string) : body.trim());
  return lines.join("\n").replace(/\n(\s*\n)+/g, "\n");
}

/** The lines that tell what nobody is to be told. */
function silenced(telling: Telling | undefined): RegExp {
  if (telling === "all") return /(?!)/;
  return telling === "ends" ? /^[ \t]*tell(Change|User)\(.*\n/gm : /^[ \t]*tell\w*\(.*\n/gm;
}

/**
 * A user who may not publish there can still sign out. `told` is the rest of the message; a `=` before it says that the
 * owner stays the same. An owner that only the script knows is given.
 */
const tell = `
local channel, told = ARGV[#ARGV], ARGV[#ARGV - 1]
ARGV[#ARGV] = nil
ARGV[#ARGV] = nil
local function tell(kind, ids, user, former)
  local owners = told
  if user then owners = cjson.encode(user) .. ',' .. cjson.encode(former or user) end
  if type(ids) == 'string' then
    redis.pcall('PUBLISH', channel, '["' .. kind .. '",[' .. cjson.encode(ids) .. '],' .. owners .. ']')
    return
  end
  for from = 1, #ids, 500 do
    local some = cjson.encode({unpack(ids, from, math.min(from + 499, #ids))})
    redis.pcall('PUBLISH', channel, '["' .. kind .. '",' .. some .. ',' .. owners .. ']')
  end
end`;

/** Of these a script has only what it uses. */
const tellers: Readonly<Record<string, string>> = {
  tellChange: `
local function tellChange(id, former, owner)
  if former then
    if former == owner then tell('changed', id, owner) end
  elseif stays then
    tell('changed', id)
  end
end`,
  tellUser: `
local function tellUser(id)
  redis.pcall('PUBLISH', channel, '["user",[],' .. cjson.encode(id) .. ',""]')
end`,
  tellMove: `
local function tellMove(id, former, owner)
  if former then
    if former ~= owner then tell('moved', id, owner, former) end
  elseif not stays then
    tell('moved', id)
  end
end`,
  tellRotation: `
local function tellRotation(id, successor)
  if successor then tell('rotated', {id, successor}) end
end`,
  tellThere: `
local function tellThere(kind, ids, keys)
  local there = {}
  for i, id in ipairs(ids) do
    if call('EXISTS', keys[i]) == 1 then there[#there + 1] = id end
  end
  tell(kind, there)
end`,
  tellGone: `
local function tellGone(reason, ids, answers)
  if not reason then return end
  local gone = {}
  for i, answer in ipairs(answers) do
    if answer == 1 then gone[#gone + 1] = ids[i] end
  end
  tell(reason, gone)
end`,
};

function tellersOf(body: string): string {
  const used = Object.entries(tellers).filter(([name]) => body.includes(`${name}(`));
  const stays = used.some(([, lua]) => lua.includes("stays")) ? "\nlocal stays = string.byte(told) == 61" : "";
  return (
    tell.replace(/\nlocal function/, `${stays}\ntold = string.sub(told, 2)\nlocal function`) +
    used.map(([, lua]) => lua).join("")
  );
}

const watch = `
local given, firstKey, seen = KEYS, KEYS[1], {}
for _, key in ipairs(given) do seen[key] = true end
local function call(command, key, ...)
  if key == nil then return redis.call(command) end
  if not seen[key] then
    redis.call('EXISTS', firstKey, key)
    seen[key] = true
  end
  return redis.call(command, key, ...)
end`;

/**
 * The first character of what is remembered says what the answer was: a number, a string, or a list of strings, each after
 * its length.
 */
const remember = (body: string, remembered: string): string => `
local before = call('GET', operation)
if before then
  local text = string.sub(before, 2)
  local form = string.sub(before, 1, 1)
  if form == 'n' then return tonumber(text) end
  ${remembered.includes("table") ? readList : ""}
  return text
end
local function carryOut()
  ${body.trim()}
end
local answer = carryOut()
if ${remembered} then
  local text
  if type(answer) == 'number' then
    text = answer == 1 and 'n1' or string.format('n%.0f', answer)
  ${remembered.includes("table") ? writeList : ""}
  else
    text = 's' .. answer
  end
  call('SET', operation, text, 'PX', lifetime)
end
return answer`;

const readList = `if form == 'l' then
    local list, from = {}, 1
    while from <= #text do
      local colon = string.find(text, ':', from, true)
      local stop = colon + tonumber(string.sub(text, from, colon - 1))
      list[#list + 1] = string.sub(text, colon + 1, stop)
      from = stop + 1
    end
    return list
  end`;

const writeList = `elseif type(answer) == 'table' then
    text = 'l'
    for _, item in ipairs(answer) do text = text .. #item .. ':' .. item end`;

/** A command, and the locals for the keys of which it needs one. None: it has no key. */
interface Use {
  readonly command: string;
  readonly keys: readonly string[];
}

/** What Redis answers about a command that it does not know is no denial. */
function checks({ body, keys }: ScriptParts, { remembering, watching }: Variant): string {
  const own: Use[] = remembering ? ["GET", "SET"].map((command) => ({ command, keys: ["operation"] })) : [];
  if (watching) own.push({ command: "EXISTS", keys: ["firstKey"] });
  const uses = [...usesIn(body, keys), ...own];
  const denials = uses.map(({ command, keys: named }) => {
    const allowed = named.map((key) => `may('${command}', ${key})`).join(" or ") || `may('${command}', '')`;
    return `not (${allowed}) and '${command}'`;
  });
  return `
if redis.acl_check_cmd then
  local function may(command, key)
    if not key then return true end
    local known, allowed = pcall(redis.acl_check_cmd, command, key)
    return allowed or not known
  end
  local denied = ${[...new Set(denials)].join("\n    or ")}
  if denied then return {err = 'NOPERM this user may not use ' .. denied} end
end`;
}

/**
 * The commands in a body. A key that is no key of the script's but the parameter of a function may be any of them: then the
 * command has to be allowed for one of these.
 */
function usesIn(body: string, keys: readonly string[]): Use[] {
  const made = madeKeys(body);
  return [...body.matchAll(/\bp?call\('([A-Z]+)'(?:, (?:unpack\()?(\w+))?/g)].map(([, command = "", name]) => {
    if (name === undefined) return { command, keys: [] };
    const prefix = made.get(name);
    if (prefix === undefined || !keys.includes(prefix)) return { command, keys: keys.includes(name) ? [name] : keys };
    // A key may be given, or put together where it is not.
    return { command, keys: [keys.includes(name) ? `${name} or ${prefix}` : prefix] };
  });
}

/** What is put together from a prefix: `local index, pointer = indexPrefix .. user, pointerPrefix .. user`. */
function madeKeys(body: string): Map<string, string> {
  const made = new Map<string, string>();
  for (const [, names = "", values = ""] of body.matchAll(/^\s*(?:local )?([\w, ]+?)(?:\[[^\]]+\])? = (.+)$/gm)) {
    const [left, right] = [names.split(", "), values.split(", ")];
    left.forEach((name, i) => {
      const prefix = /(\w+) \.\. \w+/.exec(right[i] ?? "")?.[1];
      if (prefix !== undefined) made.set(name, prefix);
    });
  }
  return made;
}
