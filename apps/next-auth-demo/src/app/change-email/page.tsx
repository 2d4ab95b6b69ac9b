import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { hasInbox } from "../../inbox";
import { emailProblem, notice } from "../../notices";
import { NoticeLine } from "../../ui/notice-line";
import { Page } from "../../ui/page";
import { requireVisit } from "../../visit";
import { askForNewEmail } from "../actions";

export const metadata: Metadata = { title: "Change e-mail address" };

export default async function ChangeEmailPage() {
  const { email } = await requireVisit();
  const [said, problem] = [await notice(), await emailProblem()];
  const marked = problem === null ? {} : { "aria-invalid": true, "aria-describedby": "problem", autoFocus: true };
  return (
    <Page>
      <NoticeLine key={randomUUID()} notice={said} />
      <h1>Change e&#8209;mail address</h1>
      <p className="lead breakable">
        Yours is {email}. A link goes to the new one; following it here makes the change.
      </p>
      <form className="card stack" action={askForNewEmail}>
        {problem !== null && (
          <p className="problem" id="problem" role="alert">
            {problem}
          </p>
        )}
        <label>
          New e-mail address
          <input type="email" name="email" autoComplete="email" required maxLength={254} {...marked} />
        </label>
        <button className="primary" type="submit">
          Send me a link
        </button>
      </form>
      <p className="aside">
        {said !== null && hasInbox() ? (
          <a href="/inbox">Open the demo&rsquo;s inbox</a>
        ) : (
          <a href="/">Back to your devices</a>
        )}
      </p>
    </Page>
  );
}
