/** One secret, or several: the first seals, all open. So a secret can be replaced without signing anybody out. */
export type Secrets = string | readonly string[];

const LEAST_LENGTH = 32;
const LEAST_VARIETY = 8;

/**
 * @param name What the option is called.
 * @throws {TypeError} for a secret that is missing, or can be guessed.
 */
export function checkSecrets(name: string, given: Secrets | undefined): readonly string[] {
  const secrets = typeof given === "string" ? [given] : given;
  if (!Array.isArray(secrets) || secrets.length === 0 || !secrets.every(isStrong)) {
    throw new TypeError(
      `option "${name}" must be a random string of at least ${LEAST_LENGTH} characters (openssl rand -base64 32), or a list of them`,
    );
  }
  return [...secrets];
}

function isStrong(secret: unknown): boolean {
  if (typeof secret !== "string" || secret.length < LEAST_LENGTH || new Set(secret).size < LEAST_VARIETY) return false;
  return !isRepeated(secret);
}

/** Whether it is a shorter text several times over. */
function isRepeated(text: string): boolean {
  return (text + text).indexOf(text, 1) < text.length;
}
