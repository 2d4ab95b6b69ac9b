import type { Metadata } from "next";
import { hasInbox } from "../../inbox";
import { Page } from "../../ui/page";

export const metadata: Metadata = { title: "Check your inbox" };
export const dynamic = "force-dynamic";

export default function CheckInboxPage() {
  return (
    <Page>
      <h1>Check your inbox</h1>
      <p className="lead">A link is on its way. It signs you in once, within ten minutes.</p>
      {hasInbox() && (
        <p className="actions">
          <a className="button primary" href="/inbox">
            Open the demo&rsquo;s inbox
          </a>
        </p>
      )}
    </Page>
  );
}
