import { ago } from "@redis-keyspace/demo-kit/time";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { hasInbox, mails } from "../../inbox";
import { Page } from "../../ui/page";

export const metadata: Metadata = { title: "Inbox" };
export const dynamic = "force-dynamic";

export default function InboxPage() {
  if (!hasInbox()) notFound();
  const received = mails();
  return (
    <Page>
      <h1>Inbox</h1>
      <p className="lead">
        What the demo would have sent, to anyone. For development: whoever reads this can sign in as anyone.
      </p>
      {received.length === 0 ? (
        <p className="aside">No mail in the last ten minutes.</p>
      ) : (
        <ul className="devices">
          {received.map(({ to, subject, link, sentAt }) => (
            <li className="card device" key={link}>
              <Envelope />
              <h2>{subject}</h2>
              <a className="button" href={link}>
                Follow the link
              </a>
              <div className="details">
                <dl>
                  <div>
                    <dt>To</dt>
                    <dd>{to}</dd>
                  </div>
                  <div>
                    <dt>Sent</dt>
                    <dd>{ago(sentAt)}</dd>
                  </div>
                </dl>
              </div>
            </li>
          ))}
        </ul>
      )}
      <p className="aside">
        <a href="/">Back to the demo</a>
      </p>
    </Page>
  );
}

function Envelope() {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
      <path d="M4.5 5.75h15a1.5 1.5 0 0 1 1.5 1.5v9.5a1.5 1.5 0 0 1-1.5 1.5h-15a1.5 1.5 0 0 1-1.5-1.5v-9.5a1.5 1.5 0 0 1 1.5-1.5ZM3.5 7l8.5 6.25L20.5 7" />
    </svg>
  );
}
