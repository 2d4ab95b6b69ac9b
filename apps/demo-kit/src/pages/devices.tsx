import { type Detail, type Device, MAX_DEVICES, type ShownDevice, shownDevices } from "../devices.js";
import { browserIcons } from "../icons.js";
import { masked, type StoredKey } from "../keyspace.js";
import type { Notice } from "../notices.js";
import { exact } from "../time.js";
import { KeyspacePanel, KeyspaceScript } from "./keyspace-panel.js";
import { Layout, type Site } from "./layout.js";
import { NoticeLine } from "./notice-line.js";
import { PostForm } from "./post-form.js";
import { SessionEndScript } from "./session-end-script.js";

export interface DevicesProps {
  readonly site: Site;
  readonly email: string;
  readonly devices: readonly Device[];
  readonly keys: readonly StoredKey[];
  /** What the name of a session's key starts with. */
  readonly sessionPrefix: string;
  readonly notice: Notice | undefined;
  readonly nonce: string;
  /** Whether the demo answers `SESSION_END`: then the page says at once that its session has ended. */
  readonly live?: boolean;
}

export function DevicesPage({ site, email, devices, keys, sessionPrefix, notice, nonce, live = false }: DevicesProps) {
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
            {shownDevices(devices).map((device) => (
              <DeviceItem site={site} device={device} sessionPrefix={sessionPrefix} />
            ))}
          </ul>
          <div class="actions">
            <PostForm site={site} action="/sign-out/others">
              <button type="submit" disabled={devices.length < 2}>
                Sign out the others
              </button>
            </PostForm>
            <Everywhere site={site} count={devices.length} />
          </div>
        </section>
        <section class="panel" aria-labelledby="keyspace-title">
          <h2 id="keyspace-title">Keyspace</h2>
          <p class="lead">
            What Redis holds for you. {site.idsAtRest ?? "Session ids are stored as their SHA‑256, shortened here."}{" "}
            <noscript>
              <a href="/">Refresh</a>
            </noscript>
          </p>
          <div id="keyspace">
            <KeyspacePanel state="live" keys={keys} />
          </div>
          <KeyspaceScript nonce={nonce} />
          {live && <SessionEndScript nonce={nonce} />}
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

/** Asks once more, because this device is one of them. */
function Everywhere({ site, count }: { readonly site: Site; readonly count: number }) {
  return (
    <details class="ask">
      <summary class="button danger">Sign out everywhere…</summary>
      <PostForm site={site} class="card question" action="/sign-out/everywhere">
        <p>{count === 1 ? "This device is the only one." : `All ${count} devices are signed out, this one too.`}</p>
        <button class="danger" type="submit">
          Sign out everywhere
        </button>
      </PostForm>
    </details>
  );
}

interface DeviceProps {
  readonly site: Site;
  readonly device: ShownDevice;
  readonly sessionPrefix: string;
}

function DeviceItem({ site, device, sessionPrefix }: DeviceProps) {
  const { handle, current, name, icon, quiet, details } = device;
  return (
    <li class={`card device${current ? " current" : ""}${quiet ? " quiet" : ""}`}>
      <svg class="icon" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
        <path d={browserIcons[icon]} />
      </svg>
      <h2>
        {name} {current && <span class="badge">This device</span>}
      </h2>
      <div class="details">
        <dl>
          {details.map((detail) => (
            <DetailItem {...detail} />
          ))}
        </dl>
        <p class="handle">
          <code>
            {sessionPrefix}
            {masked(handle)}
          </code>
        </p>
      </div>
      {!current && (
        <PostForm site={site} action="/sign-out/device">
          <input type="hidden" name="handle" value={handle} />
          <button type="submit" aria-label={`Sign out ${name}`}>
            Sign out
          </button>
        </PostForm>
      )}
    </li>
  );
}

function DetailItem({ term, text, at }: Detail) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        {at === undefined ? (
          text
        ) : (
          <time datetime={at.toISOString()} title={exact(at)}>
            {text}
          </time>
        )}
      </dd>
    </div>
  );
}
