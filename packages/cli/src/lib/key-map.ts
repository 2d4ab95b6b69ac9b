import { isOperationKey, type Layout, type OtherKeys } from "redis-keyspace/adapter";
import { maskedKey } from "./masks.js";
import { type PresetName, presetNames, presets } from "./presets.js";

/** Whose a key is, by its prefix. */
export type OwnKey =
  | {
      readonly kind: "session";
      readonly prefix: string;
      readonly id: string;
      /** What else it may be: with better-auth all have one prefix. */
      readonly keys: OtherKeys | undefined;
    }
  | { readonly kind: "index"; readonly prefix: string; readonly id: string }
  | { readonly kind: "legacy-set"; readonly prefix: string; readonly id: string }
  | { readonly kind: "other"; readonly prefix: string; readonly id: string; readonly keys: OtherKeys };

interface Place {
  readonly prefix: string;
  readonly kind: OwnKey["kind"];
  readonly keys?: OtherKeys | undefined;
}

/** The prefixes of an application, and those that other applications have by default. */
export class KeyMap {
  /** The longest first: the key of an account begins as that of a user does. */
  readonly #places: readonly Place[];
  readonly #foreign: readonly { readonly prefix: string; readonly preset: PresetName }[];

  constructor({ sessions, others }: Layout) {
    const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = sessions;
    const places: Place[] = [
      { kind: "session", prefix: sessionPrefix, keys: others.find(({ prefix }) => prefix === sessionPrefix) },
      { kind: "index", prefix: userSessionsPrefix },
      ...(legacyIndexPrefix === undefined ? [] : [{ kind: "legacy-set" as const, prefix: legacyIndexPrefix }]),
      ...others.flatMap((keys) =>
        keys.prefix === sessionPrefix ? [] : [{ kind: "other" as const, prefix: keys.prefix, keys }],
      ),
    ];
    this.#places = places.sort(longestFirst);
    this.#foreign = foreignPrefixes(places);
  }

  /** What all keys of ours begin with. */
  get beginning(): string {
    const [first = "", ...others] = this.#places.map(({ prefix }) => prefix);
    let length = first.length;
    while (!others.every((other) => other.startsWith(first.slice(0, length)))) length--;
    return first.slice(0, length);
  }

  /** `null` for a key of nobody's here, and for what a script keeps for ten seconds. */
  own(key: string): OwnKey | null {
    const place = this.#places.find(({ prefix }) => key.startsWith(prefix));
    if (place === undefined || isOperationKey(key)) return null;
    const { kind, prefix, keys } = place;
    const id = key.slice(prefix.length);
    if (kind === "session") return { kind, prefix, id, keys };
    if (kind !== "other") return { kind, prefix, id };
    return keys === undefined ? null : { kind, prefix, id, keys };
  }

  /** The preset whose default prefix a key has that is not ours. */
  foreign(key: string): { readonly prefix: string; readonly preset: PresetName } | null {
    return this.#foreign.find(({ prefix }) => key.startsWith(prefix)) ?? null;
  }

  /** One of our keys with its id masked; `null` for any other text. */
  show(key: string): string | null {
    const place = this.#places.find(({ prefix }) => key.startsWith(prefix));
    return place === undefined ? null : maskedKey(place.prefix, key);
  }
}

function foreignPrefixes(own: readonly Place[]): { prefix: string; preset: PresetName }[] {
  return presetNames
    .flatMap((preset) => {
      const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = presets[preset].layout().sessions;
      return [sessionPrefix, userSessionsPrefix, legacyIndexPrefix].flatMap((prefix) =>
        prefix === undefined || own.some((place) => prefix.startsWith(place.prefix)) ? [] : [{ prefix, preset }],
      );
    })
    .sort(longestFirst);
}

function longestFirst(one: { readonly prefix: string }, other: { readonly prefix: string }): number {
  return other.prefix.length - one.prefix.length;
}
