import { encoder, platform } from "./platform.js";
import type { OpenCookie } from "./sealing.js";
import { verifying } from "./signed-cookies.js";

/**
 * The forms of cookies that older versions of `@ethercorps/sveltekit-redis-session` set:
 *
 * - `signed`: `<id>.<HMAC in base64>`, of 1.x
 * - `signed-hex`: `<id>.<HMAC in hexadecimal>`, of 0.x
 * - `encrypted-cbc`: the latter inside AES-256-CBC, of 0.x with `encrypted`
 */
export type LegacyCookieForm = "signed" | "signed-hex" | "encrypted-cbc";

const legacyCookieForms: readonly LegacyCookieForm[] = ["signed", "signed-hex", "encrypted-cbc"];

/** Cookies of other forms, or of secrets that are too weak now, which are accepted for a while. */
export interface LegacyCookies {
  readonly forms: readonly LegacyCookieForm[];
  /** The secrets that they were made with, of any length. Default: those of `secret`. */
  readonly secrets?: readonly string[] | undefined;
}

/**
 * @param current The secrets of today's cookies.
 * @throws {TypeError} naming the option that is wrong.
 */
export function openLegacyCookies(legacy: LegacyCookies | undefined, current: readonly string[]): OpenCookie[] {
  if (legacy === undefined) return [];
  const { forms, secrets = current } = legacy ?? {};
  if (!Array.isArray(forms) || forms.length === 0 || !forms.every((form) => legacyCookieForms.includes(form))) {
    throw new TypeError(`option "legacyCookies.forms" must be a list of ${legacyCookieForms.join(", ")}`);
  }
  if (!Array.isArray(secrets) || !secrets.every((secret) => typeof secret === "string" && secret !== "")) {
    throw new TypeError('option "legacyCookies.secrets" must be a list of strings');
  }
  return secrets.flatMap((secret) => forms.map((form) => openLegacyCookie(form, secret)));
}

function openLegacyCookie(form: LegacyCookieForm, secret: string): OpenCookie {
  if (form === "signed") return verifying(secret);
  const signedHex = verifying(secret, { write: hexadecimal });
  return form === "signed-hex" ? signedHex : encryptedCbc(secret, signedHex);
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
