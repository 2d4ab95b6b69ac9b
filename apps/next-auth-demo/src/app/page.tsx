import { randomUUID } from "node:crypto";
import { MAX_DEVICES, shownDevices } from "@redis-keyspace/demo-kit/devices";
import { lastClick } from "@redis-keyspace/demo-kit/last-click";
import type { Metadata } from "next";
import { listDevices } from "../devices";
import { hasAccount, readKeys, shown } from "../keyspace";
import { notice } from "../notices";
import { reportingOutage } from "../outage";
import { DeviceItem } from "../ui/device-item";
import { KeyspacePanel } from "../ui/keyspace-panel";
import { NoticeLine } from "../ui/notice-line";
import { Page } from "../ui/page";
import { OidcButton } from "../ui/sign-in-forms";
import { requireVisit } from "../visit";
import { signOut, signOutEverywhere, signOutOthers } from "./actions";

export const metadata: Metadata = { title: { absolute: "Your devices · NextAuth on Redis" } };

export default async function DevicesPage() {
  const visit = await requireVisit();
  const [devices, keys] = await reportingOutage(() => Promise.all([listDevices(visit), readKeys(visit)]));
  return (
    <Page account={<Account email={visit.email} />} wide>
      <NoticeLine key={randomUUID()} notice={await notice()} signedIn />
      <div className="columns">
        <section aria-labelledby="devices">
          <h1 id="devices">Your devices</h1>
          <p className="lead">
            Signed in on {devices.length} of {MAX_DEVICES} devices. A sixth sign-in signs out the one that ends first.
          </p>
          <ul className="devices">
            {shownDevices(devices).map((device) => (
              <DeviceItem key={device.handle} device={device} />
            ))}
          </ul>
          <div className="actions">
            <form action={signOutOthers}>
              <button type="submit" disabled={devices.length < 2}>
                Sign out the others
              </button>
            </form>
            <Everywhere count={devices.length} />
          </div>
          <YourAccount linked={hasAccount(keys, "oidc")} />
        </section>
        <section className="panel" aria-labelledby="keyspace-title">
          <h2 id="keyspace-title">Keyspace</h2>
          <p className="lead">
            What Redis holds for you. Session ids are stored as their SHA‑256, shortened here.{" "}
            <noscript>
              <a href="/">Refresh</a>
            </noscript>
          </p>
          <div id="keyspace">
            <KeyspacePanel keys={keys.map(shown)} trace={lastClick()} />
          </div>
        </section>
      </div>
    </Page>
  );
}

function Account({ email }: { readonly email: string }) {
  return (
    <form className="account" action={signOut}>
      <span className="email">{email}</span>
      <button type="submit">Sign out</button>
    </form>
  );
}

/** Asks once more, because this device is one of them. */
function Everywhere({ count }: { readonly count: number }) {
  return (
    <details className="ask">
      <summary className="button danger">Sign out everywhere…</summary>
      <form className="card question" action={signOutEverywhere}>
        <p>{count === 1 ? "This device is the only one." : `All ${count} devices are signed out, this one too.`}</p>
        <button className="danger" type="submit">
          Sign out everywhere
        </button>
      </form>
    </details>
  );
}

function YourAccount({ linked }: { readonly linked: boolean }) {
  return (
    <section className="section" aria-labelledby="account">
      <h2 id="account">Your account</h2>
      <p className="lead">
        {linked
          ? "Linked with OpenID Connect: sign in either way."
          : "You sign in by e-mail. Link an account that you have elsewhere, and sign in either way."}
      </p>
      <div className="actions">
        {!linked && <OidcButton callbackUrl="/?notice=linked">Link OpenID Connect</OidcButton>}
        <a className="button" href="/change-email">
          Change e-mail address
        </a>
        <a className="button danger" href="/delete-account">
          Delete my account
        </a>
      </div>
    </section>
  );
}
