import { equalInConstantTime, hmacSha256 } from "./hmac.js";
import { encoder, platform } from "./platform.js";

/**
 * The forms of cookies that older versions of `@ethercorps/sveltekit-redis-session` set:
 *
 * - `signed`: `<id>.<HMAC in base64>`, of 1.x
 * - `signed-hex`: `<id>.<HMAC in hexadecimal>`, of 0.x
 * - `encrypted-cbc`: the latter inside AES-256-CBC, of 0.x with `encrypted`
 */
export type LegacyCookieForm = "signed" | "signed-hex" | "encrypted-cbc";

export const legacyCookieForms: readonly LegacyCookieForm[] = ["signed", "signed-hex", "encrypted-cbc"];

/** The id in a cookie, or `null` for one that this secret did not make. */
export type OpenCookie = (cookie: string) => string | null | Promise<string | null>;

export function legacyCookie(form: LegacyCookieForm, secret: string): OpenCookie {
  if (form === "signed") return signed(secret, (digest) => digest);
  const signedHex = signed(secret, hexadecimal);
  return form === "signed-hex" ? signedHex : encryptedCbc(secret, signedHex);
}

/** Reads `<id>.<signature>`. The id may contain dots, the signature does not. */
export function signed(secret: string, write: (digest: string) => string): OpenCookie {
  const hmac = hmacSha256(secret);
  return (cookie) => {
    const dot = cookie.lastIndexOf(".");
    if (dot < 1) return null;
    const id = cookie.slice(0, dot);
    const verified = (digest: string): string | null =>
      equalInConstantTime(write(digest), cookie.slice(dot + 1)) ? id : null;
    const digest = hmac(id);
    return typeof digest === "string" ? verified(digest) : digest.then(verified);
  };
}

/** What is inside is signed, so what was tampered with is noticed there. */
function encryptedCbc(secret: string, open: OpenCookie): OpenCookie {
  const { subtle } = platform.crypto;
  const bytes = new Uint8Array(32);
  encoder.encodeInto(secret, bytes);
  let key: ReturnType<typeof subtle.importKey> | undefined;
  return async (cookie) => {
    try {
      const { encrypted, iv } = JSON.parse(cookie) as { encrypted: string; iv: string };
      key ??= subtle.importKey("raw", bytes, { name: "AES-CBC" }, false, ["decrypt"]);
      const text = await subtle.decrypt(
        { name: "AES-CBC", iv: fromHexadecimal(iv) },
        await key,
        fromHexadecimal(encrypted),
      );
      return await open(new platform.TextDecoder().decode(text));
    } catch {
      return null;
    }
  };
}

function hexadecimal(base64: string): string {
  return Array.from(platform.atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function fromHexadecimal(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
