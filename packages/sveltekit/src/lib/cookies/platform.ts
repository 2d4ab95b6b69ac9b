// What this package uses of the platform. Every supported runtime has it. Nothing is imported from Node, so the package loads
// on edge runtimes as it is.

interface Key {
  readonly type: string;
}

interface Subtle {
  importKey(format: "raw", bytes: Uint8Array, algorithm: unknown, extractable: false, usages: string[]): Promise<Key>;
  sign(algorithm: string, key: Key, bytes: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: unknown, key: Key, bytes: Uint8Array): Promise<ArrayBuffer>;
}

interface Headers {
  has(name: string): boolean;
  set(name: string, value: string): void;
}

interface Platform {
  /** Answers a copy of its second argument. */
  readonly Response: new <Original extends object>(
    body: unknown,
    original: Original,
  ) => Original;
  readonly Headers: new (headers?: unknown) => Headers;
  readonly URL: new (address: string, base: string) => { readonly origin: string };
  readonly atob: (base64: string) => string;
  readonly btoa: (binary: string) => string;
  readonly crypto: { readonly subtle: Subtle };
  readonly TextDecoder: new () => { decode(bytes: ArrayBuffer | Uint8Array): string };
  readonly TextEncoder: new () => {
    encode(text: string): Uint8Array;
    encodeInto(text: string, bytes: Uint8Array): unknown;
  };
}

export const platform: Platform = globalThis as unknown as Platform;

export const encoder: InstanceType<Platform["TextEncoder"]> = new platform.TextEncoder();

export function base64(bytes: Uint8Array): string {
  return platform.btoa(String.fromCharCode(...bytes));
}
