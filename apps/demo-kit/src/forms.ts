/** What is said of a form that cannot be accepted, by name. */
export const formProblems = {
  email: "Enter an e-mail address, such as ada@example.com.",
  password: "Choose a password of 8 to 256 characters.",
  taken: "There is an account with this address. Sign in instead.",
  wrong: "This address and password do not belong together.",
  "too-often": "Too many wrong passwords for this address. Wait ten minutes, then try again.",
  stale: "This page was out of date. Send the form again.",
} as const;

export type FormProblem = keyof typeof formProblems;

interface Form {
  readonly email: string;
  readonly password: string;
  readonly problem?: FormProblem;
}

/** Which of the two fields is to be filled in again. */
export function fieldOf(problem: FormProblem): "email" | "password" {
  return problem === "email" || problem === "taken" ? "email" : "password";
}

/** Judges the two fields of the sign-up and sign-in forms. A browser that keeps to the page sends nothing to complain of. */
export function readForm({ email, password }: Readonly<Record<string, unknown>>): Form {
  if (typeof email !== "string" || typeof password !== "string") return { email: "", password: "", problem: "email" };
  const form = { email: email.trim(), password };
  if (form.email.length > 254 || !/^\S+@\S+$/.test(form.email)) return { ...form, problem: "email" };
  if (password.length < 8 || password.length > 256) return { ...form, problem: "password" };
  return form;
}
