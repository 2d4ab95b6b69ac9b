import type { FormProblem } from "@redis-keyspace/demo-kit/forms";
import type { Notice } from "@redis-keyspace/demo-kit/notices";

type Fields = Readonly<Record<string, string>>;

/** What a form of the pages asks of better-auth. Its script asks with better-auth's client; without it the server does. */
interface Call {
  /** Below `/api/auth`. */
  readonly path: string;
  readonly body: (fields: Fields) => Fields;
  /** What is said of it where it has succeeded, on which page. */
  readonly notice?: Notice;
  readonly next: "/" | "/sign-in";
}

const nothing = (): Fields => ({});

/** By the addresses of the forms. */
export const calls = {
  "/sign-up": {
    path: "/sign-up/email",
    body: ({ email = "", password = "" }) => ({ email, password, name: email }),
    notice: "welcome",
    next: "/",
  },
  "/sign-in": { path: "/sign-in/email", body: ({ email = "", password = "" }) => ({ email, password }), next: "/" },
  "/sign-out": { path: "/sign-out", body: nothing, notice: "signed-out", next: "/sign-in" },
  "/sign-out/device": {
    path: "/revoke-session",
    body: ({ handle = "" }) => ({ token: handle }),
    notice: "device-signed-out",
    next: "/",
  },
  "/sign-out/others": { path: "/revoke-other-sessions", body: nothing, notice: "others-signed-out", next: "/" },
  "/sign-out/everywhere": { path: "/revoke-sessions", body: nothing, notice: "everywhere", next: "/sign-in" },
} as const satisfies Readonly<Record<string, Call>>;

export type Form = keyof typeof calls;

export function isForm(path: string): path is Form {
  return Object.hasOwn(calls, path);
}

/** What better-auth has to complain of in a sign-up or sign-in, in the words of the pages. */
export function problemOf(form: Form, { status, code = "" }: Refusal): FormProblem {
  if (status === 429) return "too-often";
  if (form !== "/sign-up") return "wrong";
  if (code.startsWith("USER_ALREADY_EXISTS")) return "taken";
  return code.includes("PASSWORD") ? "password" : "email";
}

/** An answer of better-auth's that is none of success. */
export interface Refusal {
  readonly status: number;
  readonly code?: string | undefined;
}
