import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { notice, signInProblem } from "../../notices";
import { NoticeLine } from "../../ui/notice-line";
import { Page } from "../../ui/page";
import { EmailForm, OidcButton } from "../../ui/sign-in-forms";
import { currentVisit } from "../../visit";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage() {
  const problem = await signInProblem();
  // A failed link comes back here too.
  if ((await currentVisit()) !== null && problem === null) redirect("/");
  return (
    <Page>
      <NoticeLine notice={await notice()} />
      <h1>Sign in</h1>
      <p className="lead">New here? The same link signs you up. Any address will do: nothing is sent.</p>
      <EmailForm problem={problem} />
      <p className="aside">Or with an account that you have elsewhere:</p>
      <div className="actions">
        <OidcButton callbackUrl="/">Sign in with OpenID Connect</OidcButton>
      </div>
      <noscript>
        <p className="notice warning">
          Signing in needs script, as the client of NextAuth does. All else works without.
        </p>
      </noscript>
    </Page>
  );
}
