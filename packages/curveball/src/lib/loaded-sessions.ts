import type { RecentSessions } from "./recent-sessions.js";
import { decode, encode, type StoredValues, type Values } from "./values-model.js";

/** A session whose values were handed out. */
export interface Loaded {
  readonly id: string;
  /** The session as its holder last saw it. */
  readonly text: string;
  /** The session as it was last seen in Redis. */
  readonly from: StoredValues;
}

/** Which session an object holds the values of, and what they were: that tells a change from none. */
export class LoadedSessions {
  readonly #recent: RecentSessions;
  readonly #loaded = new WeakMap<object, Loaded>();

  constructor(recent: RecentSessions) {
    this.#recent = recent;
  }

  of(values: object): Loaded | undefined {
    return this.#loaded.get(values);
  }

  /**
   * @param values What its holder has, and may change.
   * @param own What that is as JSON, where it is not what is in Redis. Default: it is.
   */
  add(values: object, id: string, from: StoredValues, own?: Values): void {
    const known = this.#recent.get(id);
    this.#recent.set(id, from.expiresAt ?? (typeof known === "number" ? known : "loaded"));
    this.#loaded.set(values, { id, from, text: own === undefined ? encode(from) : textOf(own, from) });
  }

  /** Whether these values are those that were handed out. `false` is not final: their members may be the same. */
  isSameText({ text, from }: Loaded, values: Values): boolean {
    return textOf(values, from) === text;
  }

  /** The session as its holder last saw it. */
  read({ text, from }: Loaded): StoredValues {
    return decode(text) ?? from;
  }
}

function textOf(values: Values, { absoluteExpiresAt }: StoredValues): string {
  return encode({ values, expiresAt: null, absoluteExpiresAt });
}
