import type { Device } from "@redis-keyspace/demo-kit/devices";
import { masked } from "@redis-keyspace/demo-kit/keyspace";
import { ago, until } from "@redis-keyspace/demo-kit/time";
import { describeBrowser, type Screen } from "@redis-keyspace/demo-kit/user-agent";
import { signOut, signOutDevice } from "../app/actions";
import { sessionPrefix } from "../keyspace";

export function DeviceItem({ device }: { readonly device: Device }) {
  const { name, screen } = describeBrowser(device.userAgent);
  return (
    <li className={device.current ? "card device current" : "card device"}>
      <ScreenIcon screen={screen} />
      <h3>
        {name} {device.current && <span className="badge">This device</span>}
      </h3>
      <div className="details">
        <dl>
          <Detail term="Address">{device.address}</Detail>
          <Detail term="Signed in">{ago(device.signedInAt)}</Detail>
          <Detail term="Last seen">{ago(device.lastSeenAt)}</Detail>
          <Detail term="Ends in">{until(device.endsAt)}</Detail>
        </dl>
        <p className="handle">
          <code>
            {sessionPrefix}
            {masked(device.handle)}
          </code>
        </p>
      </div>
      {device.current ? (
        <form action={signOut}>
          <button type="submit" aria-label="Sign out this device">
            Sign out
          </button>
        </form>
      ) : (
        <form action={signOutDevice}>
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
    <svg className="screen" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
      {screen === "phone" ? (
        <path d="M8 2.75h8a1.5 1.5 0 0 1 1.5 1.5v15.5a1.5 1.5 0 0 1-1.5 1.5H8a1.5 1.5 0 0 1-1.5-1.5V4.25A1.5 1.5 0 0 1 8 2.75ZM10.75 18.25h2.5" />
      ) : (
        <path d="M4 4.25h16a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 4.25ZM12 16.25v3.5M8.5 19.75h7" />
      )}
    </svg>
  );
}
