import { platform, utf8 } from "../runtime.js";

/**
 * Bytes, as a string with one character from U+0000 to U+00FF for each: they compare, slice and serve as keys as strings
 * do in Redis. Text that is ASCII is the same in both forms.
 */
export type Bytes = string;

const ascii = /^\p{ASCII}*$/u;
/** A call takes only so many. */
const MAX_ARGUMENTS = 8192;
const decoder = new platform.TextDecoder("utf-8", { ignoreBOM: true });

/** Text as UTF-8; a lone surrogate becomes U+FFFD. */
export function toBytes(text: string): Bytes {
  return ascii.test(text) ? text : fromArray(utf8(text));
}

/** UTF-8 as text; what is none becomes U+FFFD. */
export function toText(bytes: Bytes): string {
  return ascii.test(bytes) ? bytes : decoder.decode(toArray(bytes));
}

export function toArray(bytes: Bytes): Uint8Array {
  const array = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) array[i] = bytes.charCodeAt(i);
  return array;
}

export function fromArray(array: Uint8Array): Bytes {
  if (array.length <= MAX_ARGUMENTS) return Reflect.apply(String.fromCharCode, undefined, array);
  return fromArray(array.subarray(0, MAX_ARGUMENTS)) + fromArray(array.subarray(MAX_ARGUMENTS));
}
