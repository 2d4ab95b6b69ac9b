/** One secret, or several: the first signs, all verify. So a secret can be replaced without signing anybody out. */
export type Secret = string | readonly string[];

const LEAST_LENGTH = 32;
const LEAST_VARIETY = 8;

/** @throws {TypeError} for a secret that is missing, or can be guessed. */
export function checkSecrets(secret: Secret): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length === 0) throw weak();
  for (const one of secrets) {
    if (typeof one !== "string" || one.length < LEAST_LENGTH || new Set(one).size < LEAST_VARIETY) throw weak();
  }
  return secrets;
}

function weak(): TypeError {
  return new TypeError(
    `option "secret" must be a random string of at least ${LEAST_LENGTH} characters (openssl rand -base64 32), or a list of them`,
  );
}
