"use client";

import { signIn } from "next-auth/react";
import { type SubmitEvent, useEffect, useState } from "react";

interface Props {
  readonly problem: string | null;
}

export function EmailForm({ problem: before }: Props) {
  const [state, setState] = useState<"loading" | "ready" | "sending">("loading");
  const [problem, setProblem] = useState(before);
  // Until the script runs the browser would send the form by itself, which NextAuth does not take.
  useEffect(() => setState("ready"), []);

  async function send(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const email = new FormData(event.currentTarget).get("email");
    setState("sending");
    const answer = await signIn("email", { email, callbackUrl: "/", redirect: false }).catch(() => undefined);
    if (answer?.ok && !answer.error) return location.assign("/check-inbox");
    setProblem("The link could not be sent. Try again.");
    setState("ready");
  }

  return (
    <form className="card stack" method="post" onSubmit={(event) => void send(event)}>
      {problem !== null && (
        <p className="problem" id="problem" role="alert">
          {problem}
        </p>
      )}
      <label>
        E-mail address
        <input
          type="email"
          name="email"
          autoComplete="username"
          required
          maxLength={254}
          {...(problem !== null && { "aria-invalid": true, "aria-describedby": "problem", autoFocus: true })}
        />
      </label>
      <button className="primary" type="submit" disabled={state !== "ready"}>
        Send me a link
      </button>
    </form>
  );
}

/** Signs in, or links the account to the user who is signed in. */
export function OidcButton({ children, callbackUrl }: { readonly children: string; readonly callbackUrl: string }) {
  return (
    <button type="button" onClick={() => void signIn("oidc", { callbackUrl })}>
      {children}
    </button>
  );
}
