import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { cookieSealing } from "./cookie-sealing.js";
import { hmacSha256, webHmac } from "./hmac.js";
import type { LegacyCookies } from "./legacy-cookies.js";
import type { CookieSealing } from "./sealing.js";

const newSecret = (): string => randomBytes(32).toString("base64");
const [first, second] = [newSecret(), newSecret()];
const id = "0e9b6a0e-6d1c-4a3c-9d33-27b1a4f3c111";

const signed = { signed: true, cookieName: "session" };
const [plain, sealed] = [
  { ...signed, encrypted: false },
  { ...signed, encrypted: true },
];
const boundTo = "sveltekit:session:";

const forms: Readonly<Record<string, (secret: string | string[], legacyCookies?: LegacyCookies) => CookieSealing>> = {
  signed: (secret, legacyCookies) => cookieSealing({ ...plain, secret, legacyCookies }),
  encrypted: (secret, legacyCookies) => cookieSealing({ ...sealed, secret, legacyCookies }),
  "signed for one store": (secret, legacyCookies) => cookieSealing({ ...plain, boundTo, secret, legacyCookies }),
  "encrypted for one store": (secret, legacyCookies) => cookieSealing({ ...sealed, boundTo, secret, legacyCookies }),
};

/** A cookie of 0.x with `encrypted`. */
function cbc(secret: string, text: string): string {
  const key = Buffer.alloc(32);
  key.write(secret);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const encrypted = cipher.update(text, "utf8", "hex") + cipher.final("hex");
  return JSON.stringify({ encrypted, iv: iv.toString("hex") });
}

describe.each(Object.entries(forms))("%s", (form, sealingOf) => {
  const sealing = sealingOf(first);

  test("what is sealed is opened, whatever the id", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: "grapheme" }), async (any) => {
        expect(await sealing.open(await sealing.seal(any))).toBe(any);
      }),
    );
  });

  test("every flipped bit, truncation and extension is refused", async () => {
    const cookie = await sealing.seal(id);
    expect(await sealing.open(cookie)).toBe(id);
    const tampered = [`${cookie}=`, `${cookie} `, ` ${cookie}`, `${cookie}.`, `.${cookie}`];
    for (let i = 0; i < cookie.length; i++) {
      tampered.push(cookie.slice(0, i), cookie.slice(i + 1), cookie.slice(0, i) + cookie.slice(i + 1));
      for (let bit = 0; bit < 8; bit++) {
        const flipped = String.fromCharCode(cookie.charCodeAt(i) ^ (1 << bit));
        tampered.push(cookie.slice(0, i) + flipped + cookie.slice(i + 1));
      }
    }
    for (const other of tampered) expect(await sealing.open(other)).toBeNull();
    expect(await sealing.open(cookie)).toBe(id);
  });

  test("nothing else is opened", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (any) => {
        expect(await sealing.open(any)).toBeNull();
      }),
    );
  });

  test("parts of two cookies do not make a third", async () => {
    const [one, other] = [await sealing.seal(id), await sealing.seal("another-id")];
    const [ours, theirs] = [one.split("."), other.split(".")];
    for (let i = 0; i < ours.length; i++) {
      // The header of an encrypted cookie is the same in all.
      if (ours[i] === theirs[i]) continue;
      const mixed = ours.map((part, at) => (at === i ? theirs[i] : part)).join(".");
      expect(await sealing.open(mixed)).toBeNull();
    }
  });

  test("the first secret seals, all open, and a cookie of none is refused", async () => {
    const [old, both, fresh] = [sealingOf(first), sealingOf([second, first]), sealingOf(second)];
    expect(await both.open(await old.seal(id))).toBe(id);
    expect(await fresh.open(await both.seal(id))).toBe(id);
    expect(await fresh.open(await old.seal(id))).toBeNull();
    expect(await sealingOf([newSecret(), newSecret()]).open(await old.seal(id))).toBeNull();
  });

  test("cookies of the other form are refused, but in a window for them", async () => {
    const other = await (forms[form === "signed" ? "encrypted" : "signed"] as typeof sealingOf)(first).seal(id);
    expect(await sealing.open(other)).toBeNull();
    expect(await sealingOf(first, { forms: ["signed"] }).open(other)).toBe(form === "signed" ? null : id);
  });
});

test("an encrypted cookie does not show the id, and no two are alike", async () => {
  const sealing = forms["encrypted"]?.(first) as CookieSealing;
  const [one, other] = [await sealing.seal(id), await sealing.seal(id)];
  expect(one).not.toBe(other);
  for (const part of one.split(".")) expect(Buffer.from(part, "base64url").toString()).not.toContain(id.slice(0, 8));
});

test("Web Crypto signs as Node does", async () => {
  const bytes = new TextEncoder().encode(first);
  for (const text of ["", id, "ü\u0000\n"]) {
    const expected = createHmac("sha256", first).update(text).digest("base64");
    expect(await webHmac(bytes)(text)).toBe(expected);
    expect(await hmacSha256(first)(text)).toBe(expected);
    expect(await webHmac(bytes, "purpose")(text)).toBe(await hmacSha256(first, "purpose")(text));
    expect(await webHmac(bytes, "purpose")(text)).not.toBe(expected);
  }
});

test.each([
  ["signed", plain],
  ["encrypted", sealed],
])("a %s cookie of another name, or of another store, is none, with the same secret", async (_, form) => {
  const ours = cookieSealing({ ...form, boundTo, secret: first });
  const others = [
    cookieSealing({ ...form, boundTo, secret: first, cookieName: "admin" }),
    cookieSealing({ ...form, boundTo: "admin:session:", secret: first }),
    cookieSealing({ ...form, secret: first }),
  ];
  for (const other of others) {
    expect(await ours.open(await other.seal(id))).toBeNull();
    expect(await other.open(await ours.seal(id))).toBeNull();
  }
});

test("what has not the form of an encrypted cookie costs no look at each secret", async () => {
  const decrypt = vi.spyOn(crypto.subtle, "decrypt");
  try {
    const { seal, open } = cookieSealing({ ...sealed, secret: [first, second] });
    const right = await seal(id);
    const [header = "", , iv, , tag] = right.split(".");
    const long = "AA.".repeat(5000);
    const start = performance.now();
    for (const wrong of [
      long,
      `${header}.${long}`,
      `${right}.${long}`,
      `${header}..${iv}.${"A".repeat(9000)}.${tag}`,
    ]) {
      for (let n = 0; n < 100; n++) expect(await open(wrong)).toBeNull();
    }
    // 400 of them; each took 25 ms when its parts were decoded, for each secret.
    expect(performance.now() - start).toBeLessThan(1000);
    expect(decrypt).not.toHaveBeenCalled();
    expect(await open(right)).toBe(id);
  } finally {
    decrypt.mockRestore();
  }
});

describe("S15: cookies of versions 0.x, which only a migration option accepts", () => {
  const weak = "an old secret";
  const hex = (secret: string): string => `${id}.${createHmac("sha256", secret).update(id).digest("hex")}`;

  test.each(Object.entries(forms))("%s", async (_, sealingOf) => {
    const legacy = { secrets: [weak], forms: ["signed-hex", "encrypted-cbc"] } as const;
    const [strict, lenient] = [sealingOf(first), sealingOf(first, legacy)];
    for (const cookie of [hex(weak), cbc(weak, hex(weak))]) {
      expect(await strict.open(cookie)).toBeNull();
      expect(await lenient.open(cookie)).toBe(id);
    }
    expect(await lenient.open(hex("another old secret"))).toBeNull();
  });

  test("a long secret is cut off as it was, also inside a character", async () => {
    for (const long of ["x".repeat(40), `${"x".repeat(31)}ü and more`]) {
      const sealing = forms["signed"]?.(first, { secrets: [long], forms: ["encrypted-cbc"] }) as CookieSealing;
      expect(await sealing.open(cbc(long, hex(long)))).toBe(id);
    }
  });

  test("what is in CBC must be signed as well: every flipped bit is refused", async () => {
    const sealing = forms["signed"]?.(first, { secrets: [weak], forms: ["encrypted-cbc"] }) as CookieSealing;
    expect(await sealing.open(cbc(weak, id))).toBeNull();
    const { encrypted, iv } = JSON.parse(cbc(weak, hex(weak))) as { encrypted: string; iv: string };
    const flips = (text: string): string[] =>
      [...Buffer.from(text, "hex").keys()].flatMap((i) =>
        Array.from({ length: 8 }, (_, bit) => {
          const bytes = Buffer.from(text, "hex");
          bytes.writeUInt8(bytes.readUInt8(i) ^ (1 << bit), i);
          return bytes.toString("hex");
        }),
      );
    for (const flipped of flips(encrypted)) {
      expect(await sealing.open(JSON.stringify({ encrypted: flipped, iv }))).toBeNull();
    }
    for (const flipped of flips(iv)) {
      expect(await sealing.open(JSON.stringify({ encrypted, iv: flipped }))).toBeNull();
    }
    for (const damaged of ["{}", "null", "{", '{"encrypted":"zz","iv":"00"}']) {
      expect(await sealing.open(damaged)).toBeNull();
    }
  });
});

test("what can be written in any number of ways is not remembered: memory would be its holder's to fill", async () => {
  const decrypt = vi.spyOn(crypto.subtle, "decrypt");
  try {
    const [cipher, { seal, open }] = [
      forms["encrypted"]?.(first) as CookieSealing,
      forms["signed"]?.(first, { secrets: ["old"], forms: ["encrypted-cbc"] }) as CookieSealing,
    ];
    const own = await cipher.seal(id);
    for (let n = 0; n < 3; n++) expect(await cipher.open(own)).toBe(id);
    expect(decrypt).toHaveBeenCalledTimes(1);
    expect(await open(await seal(id))).toBe(id);
    const older = cbc("old", `${id}.${createHmac("sha256", "old").update(id).digest("hex")}`);
    for (let n = 0; n < 3; n++) expect(await open(older + " ".repeat(n % 2))).toBe(id);
    expect(decrypt).toHaveBeenCalledTimes(4);
  } finally {
    decrypt.mockRestore();
  }
});

describe("secrets that are missing or weak are refused at construction", () => {
  const cases: [string, unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["empty", ""],
    ["short", "x".repeat(31)],
    ["one character", "x".repeat(64)],
    ["no secret in the list", []],
    ["a weak one in the list", [first, "short"]],
    ["no string", 42],
  ];
  test.each(cases)("%s", (_, secret) => {
    const make = (): unknown => cookieSealing({ ...plain, secret: secret as string });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/option "secret" must/);
  });

  test("wrong legacy options too", () => {
    for (const legacyCookies of [{}, { forms: [] }, { forms: ["md5"] }, { forms: ["signed"], secrets: [""] }]) {
      const options = { ...plain, secret: first, legacyCookies: legacyCookies as LegacyCookies };
      expect(() => cookieSealing(options)).toThrow(/option "legacyCookies/);
    }
  });
});
