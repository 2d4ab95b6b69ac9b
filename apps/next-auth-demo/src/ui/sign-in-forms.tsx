"use client";

import { signIn } from "next-auth/react";
import { type SubmitEvent, useState } from "react";

interface Props {
  readonly problem: string | null;
}

export function EmailForm({ problem }: Props) {
  const [sending, setSending] = useState(false);

  function send(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    setSending(true);
    void signIn("email", { email: new FormData(event.currentTarget).get("email"), callbackUrl: "/" });
  }

  return (
    <form className="card stack" onSubmit={send}>
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
          aria-describedby={problem === null ? undefined : "problem"}
        />
      </label>
      <button className="primary" type="submit" disabled={sending}>
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
