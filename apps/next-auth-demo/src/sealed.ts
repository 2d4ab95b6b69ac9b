import { decode, encode } from "next-auth/jwt";

// Small things that travel through the browser, encrypted with the secret that next-auth has already.

const secret = (): string => {
  const { NEXTAUTH_SECRET } = process.env;
  if (!NEXTAUTH_SECRET) throw new Error("NEXTAUTH_SECRET is not set");
  return NEXTAUTH_SECRET;
};

/** @param purpose What is sealed for one cannot be opened for another. */
export async function seal(purpose: string, content: Record<string, unknown>, maxAgeSeconds: number): Promise<string> {
  return await encode({ token: content, secret: secret(), salt: purpose, maxAge: maxAgeSeconds });
}

/** `null` for what is not ours, has ended or was sealed for something else. */
export async function unseal(purpose: string, sealed: string): Promise<Record<string, unknown> | null> {
  try {
    return await decode({ token: sealed, secret: secret(), salt: purpose });
  } catch {
    return null;
  }
}
