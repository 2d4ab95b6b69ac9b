import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { base64url, type CryptoKey, decodeProtectedHeader, EncryptJWT, jwtDecrypt } from "jose";
import { describe, expect, test, vi } from "vitest";
import { deriveKey } from "./keys.js";
import { seal } from "./seal.js";

const newSecret = (): string => randomBytes(32).toString("base64");
const [first, second, third] = [newSecret(), newSecret(), newSecret()];
const text = '{"expiresAt":1,"userId":"u1","data":{"n":1}}';
const context = { storedId: "id", userId: "u1" };

test("what is sealed opens in its context, whatever it holds, and can't be read", async () => {
  const codec = seal(first);
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      fc.string({ unit: "grapheme" }),
      fc.option(fc.string({ unit: "grapheme" })),
      async (json, storedId, userId) => {
        const sealed = await codec.seal(json, { storedId, userId });
        expect(await codec.open(sealed, { storedId, userId })).toBe(json);
      },
    ),
  );
  const marked = `{"text":"${randomUUID()}"}`;
  const sealed = await codec.seal(marked, context);
  expect(sealed).not.toBe(await codec.seal(marked, context));
  for (const part of sealed.split("."))
    expect(Buffer.from(part, "base64url").includes(marked.slice(9, -2))).toBe(false);
});

test("under another key or of another owner it does not open", async () => {
  const codec = seal(first);
  const sealed = await codec.seal(text, context);
  const others = [
    { storedId: "other", userId: "u1" },
    { storedId: "id", userId: "u2" },
    { storedId: "id", userId: null },
    { storedId: 'id","sub":"u1', userId: null },
    { storedId: "", userId: "u1" },
  ];
  for (const other of others) {
    expect(await codec.open(sealed, other)).toBeNull();
    expect(await codec.open(await codec.seal(text, other), context)).toBeNull();
  }
});

test("every change of a character, truncation and extension is refused", async () => {
  const codec = seal(first);
  const sealed = await codec.seal(text, context);
  const forged = [`${sealed}.`, `.${sealed}`, "", ".", "....", "not sealed", text];
  // The last character of a part can have spare bits, which are no change.
  for (const [i, character] of [...sealed].entries()) {
    const isLast = i + 1 === sealed.length || sealed[i + 1] === ".";
    if (!isLast) forged.push(sealed.slice(0, i) + (character === "A" ? "B" : "A") + sealed.slice(i + 1));
    forged.push(sealed.slice(0, i));
  }
  for (const other of forged) expect(await codec.open(other, context), other).toBeNull();
  expect(await codec.open(sealed, context)).toBe(text);
});

test("nothing else opens: another algorithm, another purpose of the secret, no claims", async () => {
  const codec = seal(first);
  const sealed = await codec.seal(text, context);
  const { kid = "" } = decodeProtectedHeader(sealed);
  const claims = { jti: "id", sub: "u1", record: {} };
  const jwt = () => new EncryptJWT(claims).setProtectedHeader({ alg: "dir", enc: "A256GCM", kid });
  const cookieKey = await deriveKey(first, "redis-keyspace session cookie");
  expect(await codec.open(await jwt().encrypt(cookieKey as CryptoKey), context)).toBeNull();
  const key = (await deriveKey(first, "redis-keyspace sealed record")) as CryptoKey;
  expect(await codec.open(await jwt().encrypt(key), context)).toBe("{}");
  const unnamed = new EncryptJWT(claims).setProtectedHeader({ alg: "dir", enc: "A256GCM" });
  expect(await codec.open(await unnamed.encrypt(key), context)).toBeNull();
  const none = [
    { alg: "none", kid },
    { alg: "dir", enc: "A128CBC-HS256", kid },
  ].map((header) => [base64url.encode(JSON.stringify(header)), ...sealed.split(".").slice(1)].join("."));
  for (const other of none) expect(await codec.open(other, context)).toBeNull();
});

test("it is an encrypted JWT, which any library reads that has the derived key", async () => {
  const sealed = await seal(first).seal(text, context);
  const key = (await deriveKey(first, "redis-keyspace sealed record")) as CryptoKey;
  const { payload, protectedHeader } = await jwtDecrypt(sealed, key, { subject: "u1" });
  expect(payload).toEqual({ jti: "id", sub: "u1", record: JSON.parse(text) });
  expect(protectedHeader).toEqual({ alg: "dir", enc: "A256GCM", kid: expect.stringMatching(/^[\w-]{8}$/) });
  expect(key.extractable).toBe(false);
});

describe("secrets can be replaced", () => {
  test("the first seals, all open, and one that is gone opens nothing more", async () => {
    const [old, both, fresh] = [seal(first), seal([second, first]), seal([third, second])];
    const sealed = await old.seal(text, context);
    expect(await both.open(sealed, context)).toBe(text);
    expect(await fresh.open(await both.seal(text, context), context)).toBe(text);
    expect(await old.open(await both.seal(text, context), context)).toBeNull();
    expect(await fresh.open(sealed, context)).toBeNull();
  });

  test("a key that is not there is told from a forgery", async () => {
    const knows = async (codec = seal(second), value?: string) => {
      const sealed = value ?? (await seal(first).seal(text, context));
      await codec.open(sealed, context);
      return codec.knows?.(sealed);
    };
    expect(await knows()).toBe(false);
    expect(await knows(seal([second, first]))).toBe(true);
    expect(await knows(seal(second), `${await seal(second).seal(text, context)}x`)).toBe(true);
    for (const damaged of ["", "a.b", text, `${base64url.encode('{"kid":7}')}....`]) {
      expect(await knows(seal(second), damaged)).toBe(true);
    }
  });

  test("the id of a key is the same in every process and tells nothing of the secret", async () => {
    const kid = async (secret: string) => decodeProtectedHeader(await seal(secret).seal(text, context)).kid;
    expect(await kid(first)).toBe(await kid(first));
    expect(new Set(await Promise.all([first, second, `${first}=`].map(kid))).size).toBe(3);
  });
});

test("keys are derived once", async () => {
  const derive = vi.spyOn(crypto.subtle, "deriveKey");
  const raw = vi.spyOn(crypto.subtle, "importKey");
  try {
    const codec = seal([first, second]);
    expect(derive).not.toHaveBeenCalled();
    const sealed = await codec.seal(text, context);
    const imported = raw.mock.calls.length;
    for (let n = 0; n < 3; n++) await codec.open(sealed, context);
    await codec.seal(text, context);
    expect([derive.mock.calls.length, raw.mock.calls.length]).toEqual([2, imported]);
  } finally {
    vi.restoreAllMocks();
  }
});

test.each<[string, unknown]>([
  ["undefined", undefined],
  ["empty", ""],
  ["no list", []],
  ["31 characters", "0123456789abcdefghijklmnopqrstu"],
  ["one character over and over", "x".repeat(64)],
  ["one word over and over", "abcdefgh".repeat(4)],
  ["a list with one that is short", [first, "short"]],
  ["not a string", 7],
  ["bytes", new Uint8Array(32)],
])("a wrong secret is a TypeError that names the option and not the secret: %s", (_, secrets) => {
  let thrown: unknown;
  try {
    seal(secrets as string);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TypeError);
  const { message } = thrown as TypeError;
  expect(message).toMatch(/^option "secrets" must be a random string of at least 32 characters/);
  for (const secret of [secrets].flat()) {
    if (typeof secret === "string" && secret !== "") expect(message).not.toContain(secret);
  }
});
