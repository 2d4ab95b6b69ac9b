import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import type { CodecContext, ValueCodec } from "../records/codec.js";
import { platform, type SecretKey, utf8 } from "../runtime.js";
import { deriveKey, deriveKeyId } from "./keys.js";
import { checkSecrets, type Secrets } from "./secrets.js";

const PURPOSE = "redis-keyspace sealed record";
const ALGORITHMS = { alg: "dir", enc: "A256GCM" };
const OPTIONS = { keyManagementAlgorithms: [ALGORITHMS.alg], contentEncryptionAlgorithms: [ALGORITHMS.enc] };

const decoder = new platform.TextDecoder("utf-8", { ignoreBOM: true });

interface SealingKeys {
  /** The id of the one that seals. */
  readonly current: string;
  readonly byId: ReadonlyMap<string, SecretKey>;
}

/**
 * Seals records as encrypted JWTs (JWE, `dir` with AES-256-GCM), under keys that are derived from the secrets. The claims
 * `jti` and `sub` are the id in the record's key and its owner: nothing opens under another one.
 *
 * @param secrets A random string of at least 32 characters, or a list of them: the first seals, all open.
 * @throws {TypeError} for a secret that is missing, or can be guessed.
 *
 * @example
 * const sessions = createSessionStore(client, { codec: seal(process.env.SESSION_SECRET) });
 */
export function seal(secrets: Secrets | undefined): ValueCodec {
  const checked = checkSecrets("secrets", secrets);
  // No promise is kept: on Cloudflare it would belong to the request that made it, and could end with that.
  let derived: SealingKeys | undefined;
  const keys = async (): Promise<SealingKeys> => {
    derived ??= await deriveKeys(checked);
    return derived;
  };

  return {
    async seal(text, context) {
      const { current, byId } = derived ?? (await keys());
      const claims = utf8(`${claimsBefore(context)}${text}}`);
      return await new CompactEncrypt(claims)
        .setProtectedHeader({ ...ALGORITHMS, kid: current })
        .encrypt(known(byId.get(current)));
    },
    async open(sealed, context) {
      const { byId } = derived ?? (await keys());
      try {
        const { plaintext } = await compactDecrypt(sealed, ({ kid = "" }) => known(byId.get(kid)), OPTIONS);
        const claims = decoder.decode(plaintext);
        const before = claimsBefore(context);
        return claims.startsWith(before) ? claims.slice(before.length, -1) : null;
      } catch {
        return null;
      }
    },
    knows(sealed) {
      const kid = keyIdIn(sealed);
      return typeof kid !== "string" || derived === undefined || derived.byId.has(kid);
    },
  };
}

async function deriveKeys(secrets: readonly string[]): Promise<SealingKeys> {
  const derive = (secret: string) => Promise.all([deriveKeyId(secret, PURPOSE), deriveKey(secret, PURPOSE)]);
  const pairs = await Promise.all(secrets.map(derive));
  return { current: pairs[0]?.[0] ?? "", byId: new Map(pairs) };
}

/** The JSON of the claims, up to the record. */
function claimsBefore({ storedId, userId }: CodecContext): string {
  const bound = JSON.stringify(userId === null ? { jti: storedId } : { jti: storedId, sub: userId });
  return `${bound.slice(0, -1)},"record":`;
}

function keyIdIn(sealed: string): unknown {
  try {
    return decodeProtectedHeader(sealed).kid;
  } catch {
    return undefined;
  }
}

function known(key: SecretKey | undefined): SecretKey {
  if (key === undefined) throw new Error("there is no such key");
  return key;
}
