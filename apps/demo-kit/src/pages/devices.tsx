import { type Device, MAX_DEVICES } from "../devices.js";
import { masked, type StoredKey } from "../keyspace.js";
import type { Notice } from "../notices.js";
import { ago, until } from "../time.js";
import { describeBrowser, type Screen } from "../user-agent.js";
import { KeyspacePanel, KeyspaceScript } from "./keyspace-panel.js";
import { Layout, type Site } from "./layout.js";
import { NoticeLine } from "./notice-line.js";
import { PostForm } from "./post-form.js";

export interface DevicesProps {
  readonly site: Site;
  readonly email: string;
  readonly devices: readonly Device[];
  readonly keys: readonly StoredKey[];
  /** What the name of a session's key starts with. */
  readonly sessionPrefix: string;
  readonly notice: Notice | undefined;
  readonly nonce: string;
}

export function DevicesPage({ site, email, devices, keys, sessionPrefix, notice, nonce }: DevicesProps) {
  return (
    <Layout site={site} title="Your devices" account={<Account site={site} email={email} />} wide>
      <NoticeLine notice={notice} />
      <div class="columns">
        <section aria-labelledby="devices">
          <h1 id="devices">Your devices</h1>
          <p class="lead">
            Signed in on {devices.length} of {MAX_DEVICES} devices. A sixth sign-in signs out the one that ends first.
          </p>
          <ul class="devices">
            {devices.map((device) => (
              <DeviceItem site={site} device={device} sessionPrefix={sessionPrefix} />
            ))}
          </ul>
          <div class="actions">
            <PostForm site={site} action="/sign-out/others">
              <button type="submit" disabled={devices.length < 2}>
                Sign out the others
              </button>
            </PostForm>
            <PostForm site={site} action="/sign-out/everywhere">
              <button class="danger" type="submit">
                Sign out everywhere
              </button>
            </PostForm>
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

function Account({ site, email }: { readonly site: Site; readonly email: string }) {
  return (
    <PostForm site={site} class="account" action="/sign-out">
      <span class="email">{email}</span>
      <button type="submit">Sign out</button>
    </PostForm>
  );
}

interface DeviceProps {
  readonly site: Site;
  readonly device: Device;
  readonly sessionPrefix: string;
}

function DeviceItem({ site, device, sessionPrefix }: DeviceProps) {
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
          <code>
            {sessionPrefix}
            {masked(device.handle)}
          </code>
        </p>
      </div>
      {device.current ? (
        <PostForm site={site} action="/sign-out">
          <button type="submit" aria-label="Sign out this device">
            Sign out
          </button>
        </PostForm>
      ) : (
        <PostForm site={site} action="/sign-out/device">
          <input type="hidden" name="handle" value={device.handle} />
          <button type="submit" aria-label={`Sign out ${name}`}>
            Sign out
          </button>
        </PostForm>
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
