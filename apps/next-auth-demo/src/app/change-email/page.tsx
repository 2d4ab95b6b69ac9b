import { formProblems } from "@redis-keyspace/demo-kit/forms";
import type { Metadata } from "next";
import { hasInbox } from "../../inbox";
import { noticeOf, type SearchParams } from "../../notices";
import { NoticeLine } from "../../ui/notice-line";
import { Page } from "../../ui/page";
import { requireVisit } from "../../visit";
import { askForNewEmail } from "../actions";

export const metadata: Metadata = { title: "Change e-mail address" };

const problems: Readonly<Record<string, string>> = {
  email: formProblems.email,
  taken: "There is an account with this address.",
};

export default async function ChangeEmailPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const { email } = await requireVisit();
  const { problem: name, notice } = await searchParams;
  const problem = typeof name === "string" ? problems[name] : undefined;
  const marked = problem === undefined ? {} : { "aria-invalid": true, "aria-describedby": "problem" };
  return (
    <Page>
      <NoticeLine notice={await noticeOf(searchParams)} />
      <h1>Change e&#8209;mail address</h1>
      <p className="lead breakable">
        Yours is {email}. A link goes to the new one; following it here makes the change.
      </p>
      <form className="card stack" action={askForNewEmail}>
        {problem !== undefined && (
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
        {notice === "link-sent" && hasInbox() ? (
          <a href="/inbox">Open the demo&rsquo;s inbox</a>
        ) : (
          <a href="/">Back to your devices</a>
        )}
      </p>
    </Page>
  );
}
