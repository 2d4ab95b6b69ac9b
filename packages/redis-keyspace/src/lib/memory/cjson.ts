import type { Bytes } from "./bytes.js";
import { toBytes } from "./bytes.js";

/** What JSON text is. Arrays and objects both become tables. */
export type Json = Bytes | number | boolean | null | readonly Json[] | ReadonlyMap<Bytes, Json>;

const MAX_DEPTH = 1000;

/**
 * Reads JSON as the `cjson.decode` of Redis does: bytes beyond ASCII, control characters, `NaN`, `-Infinity`, `0x10` and
 * `01` are read as they stand.
 *
 * @throws {SyntaxError} for what it does not take.
 */
export function decodeJson(text: Bytes): Json {
  return new Decoder(text).decode();
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '"': '"', "\\": "\\", "/": "/" },
  ...{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" },
};

class Decoder {
  readonly #text: Bytes;
  #at = 0;

  constructor(text: Bytes) {
    this.#text = text;
  }

  decode(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
    return value;
  }

  #value(depth: number): Json {
    this.#space();
    if (this.#skip("{")) return this.#object(depth + 1);
    if (this.#skip("[")) return this.#array(depth + 1);
    if (this.#text[this.#at] === '"') return this.#string();
    if (this.#skip("true")) return true;
    if (this.#skip("false")) return false;
    if (this.#skip("null")) return null;
    return this.#number();
  }

  #object(depth: number): ReadonlyMap<Bytes, Json> {
    const members = new Map<Bytes, Json>();
    this.#nest(depth);
    if (this.#next("}")) return members;
    do {
      this.#space();
      const name = this.#string();
      if (!this.#next(":")) throw this.#unexpected("a colon");
      members.set(name, this.#value(depth));
    } while (this.#next(","));
    if (!this.#next("}")) throw this.#unexpected("a comma or the end of the object");
    return members;
  }

  #array(depth: number): readonly Json[] {
    const items: Json[] = [];
    this.#nest(depth);
    if (this.#next("]")) return items;
    do items.push(this.#value(depth));
    while (this.#next(","));
    if (!this.#next("]")) throw this.#unexpected("a comma or the end of the array");
    return items;
  }

  #string(): Bytes {
    if (!this.#skip('"')) throw this.#unexpected("a string");
    let value = "";
    for (;;) {
      const plain = this.#match(/[^"\\\0]*/y) ?? "";
      value += plain;
      if (this.#skip('"')) return value;
      if (!this.#skip("\\")) throw this.#unexpected("the end of the string");
      value += this.#escape();
    }
  }

  #escape(): Bytes {
    const high = this.#match(/u[\da-f]{4}/iy);
    if (high === undefined) {
      const escaped = escapes[this.#text[this.#at] ?? ""];
      if (escaped === undefined) throw this.#unexpected("an escape");
      this.#at++;
      return escaped;
    }
    const unit = Number.parseInt(high.slice(1), 16);
    if (unit < 0xd800 || unit > 0xdfff) return toBytes(String.fromCharCode(unit));
    const low = this.#match(/\\ud[c-f][\da-f]{2}/iy);
    if (unit > 0xdbff || low === undefined) throw this.#unexpected("a pair of surrogates");
    return toBytes(String.fromCharCode(unit, Number.parseInt(low.slice(2), 16)));
  }

  #number(): number {
    const hex = this.#match(/[-+]?0x[\da-f]+/iy);
    if (hex !== undefined) return (hex.startsWith("-") ? -1 : 1) * Number(hex.replace(/^[-+]/, ""));
    const decimal = this.#match(/[-+]?\d+\.?\d*(?:e[-+]?\d+)?/iy);
    if (decimal !== undefined) return Number(decimal);
    const special = this.#match(/[-+]?(?:inf(?:inity)?|nan)/iy);
    if (special === undefined) throw this.#unexpected("a value");
    if (/nan/i.test(special)) return Number.NaN;
    return special.startsWith("-") ? -Infinity : Infinity;
  }

  #nest(depth: number): void {
    if (depth > MAX_DEPTH) throw new SyntaxError(`Found too many nested data structures (${depth})`);
  }

  #space(): void {
    this.#match(/[ \t\n\r]*/y);
  }

  #next(mark: string): boolean {
    this.#space();
    return this.#skip(mark);
  }

  #skip(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #unexpected(expected: string): SyntaxError {
    return new SyntaxError(`Expected ${expected} at character ${this.#at + 1}`);
  }
}
