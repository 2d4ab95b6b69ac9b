import type { StoredKey } from "../keyspace.js";
import { masked } from "../keyspace.js";
import { type Device, MAX_DEVICES } from "../sessions.js";
import { describeBrowser, type Screen } from "../user-agent.js";
import { KeyspacePanel, KeyspaceScript } from "./keyspace-panel.js";
import { Layout, type Site } from "./layout.js";
import { type Notice, NoticeLine } from "./notices.js";
import { ago, until } from "./time.js";

interface Props {
  readonly site: Site;
  readonly email: string;
  readonly devices: readonly Device[];
  readonly keys: readonly StoredKey[];
  readonly notice: Notice | undefined;
  readonly nonce: string;
}

export function DevicesPage({ site, email, devices, keys, notice, nonce }: Props) {
  return (
    <Layout site={site} title="Your devices" account={<Account email={email} />} wide>
      <NoticeLine notice={notice} />
      <div class="columns">
        <section aria-labelledby="devices">
          <h1 id="devices">Your devices</h1>
          <p class="lead">
            Signed in on {devices.length} of {MAX_DEVICES} devices. A sixth sign-in signs out the one that ends first.
          </p>
          <ul class="devices">
            {devices.map((device) => (
              <DeviceItem device={device} />
            ))}
          </ul>
          <div class="actions">
            <form method="post" action="/sign-out/others">
              <button type="submit" disabled={devices.length < 2}>
                Sign out the others
              </button>
            </form>
            <form method="post" action="/sign-out/everywhere">
              <button class="danger" type="submit">
                Sign out everywhere
              </button>
            </form>
          </div>
        </section>
        <section class="panel" aria-labelledby="keyspace-title">
          <h2 id="keyspace-title">Keyspace</h2>
          <p class="lead">
            What Redis holds for you. Session ids are stored as their SHA‑256, shortened here.{" "}
            <noscript>
              <a href="/">Refresh</a>
            </noscript>
          </p>
          <div id="keyspace">
            <KeyspacePanel state="live" keys={keys} />
          </div>
          <KeyspaceScript nonce={nonce} />
        </section>
      </div>
    </Layout>
  );
}

function Account({ email }: { readonly email: string }) {
  return (
    <form class="account" method="post" action="/sign-out">
      <span class="email">{email}</span>
      <button type="submit">Sign out</button>
    </form>
  );
}

function DeviceItem({ device }: { readonly device: Device }) {
  const { name, screen } = describeBrowser(device.userAgent);
  return (
    <li class={device.current ? "card device current" : "card device"}>
      <ScreenIcon screen={screen} />
      <h3>
        {name} {device.current && <span class="badge">This device</span>}
      </h3>
      <div class="details">
        <dl>
          <Detail term="Address">{device.address}</Detail>
          <Detail term="Signed in">{ago(device.signedInAt)}</Detail>
          <Detail term="Last seen">{ago(device.lastSeenAt)}</Detail>
          <Detail term="Ends in">{until(device.endsAt)}</Detail>
        </dl>
        <p class="handle">
          <code>session:{masked(device.handle)}</code>
        </p>
      </div>
      {device.current ? (
        <form method="post" action="/sign-out">
          <button type="submit" aria-label="Sign out this device">
            Sign out
          </button>
        </form>
      ) : (
        <form method="post" action="/sign-out/device">
          <input type="hidden" name="handle" value={device.handle} />
          <button type="submit" aria-label={`Sign out ${name}`}>
            Sign out
          </button>
        </form>
      )}
    </li>
  );
}

function Detail({ term, children }: { readonly term: string; readonly children: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ScreenIcon({ screen }: { readonly screen: Screen }) {
  return (
    <svg class="screen" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
      {screen === "phone" ? (
        <path d="M8 2.75h8a1.5 1.5 0 0 1 1.5 1.5v15.5a1.5 1.5 0 0 1-1.5 1.5H8a1.5 1.5 0 0 1-1.5-1.5V4.25A1.5 1.5 0 0 1 8 2.75ZM10.75 18.25h2.5" />
      ) : (
        <path d="M4 4.25h16a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 4.25ZM12 16.25v3.5M8.5 19.75h7" />
      )}
    </svg>
  );
}
