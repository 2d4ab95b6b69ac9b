import type { Metadata } from "next";
import { readEmailLink } from "../../../email-change";
import { type SearchParams, spentLink } from "../../../notices";
import { NoticeLine } from "../../../ui/notice-line";
import { Page } from "../../../ui/page";
import { requireVisit } from "../../../visit";
import { takeNewEmail } from "../../actions";

export const metadata: Metadata = { title: "Change e-mail address" };

/** Asks once more, because programs that look into mails follow links too. */
export default async function ConfirmEmailPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const visit = await requireVisit();
  const { token } = await searchParams;
  const email = typeof token === "string" ? await readEmailLink(visit, token) : null;
  if (email === null) return <SpentLink />;
  return (
    <Page>
      <h1>Change e&#8209;mail address</h1>
      <p className="lead breakable">
        From {visit.email} to {email}. You stay signed in everywhere.
      </p>
      <form className="actions" action={takeNewEmail}>
        <input type="hidden" name="token" value={token} />
        <button className="primary" type="submit">
          Change it
        </button>
        <a className="button" href="/">
          Keep the old one
        </a>
      </form>
    </Page>
  );
}

function SpentLink() {
  return (
    <Page>
      <NoticeLine notice={spentLink} />
      <h1>Change e&#8209;mail address</h1>
      <p className="actions">
        <a className="button" href="/">
          Your devices
        </a>
      </p>
    </Page>
  );
}
