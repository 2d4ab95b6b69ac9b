import type { Detail, ShownDevice } from "@redis-keyspace/demo-kit/devices";
import { browserIcons } from "@redis-keyspace/demo-kit/icons";
import { masked } from "@redis-keyspace/demo-kit/keyspace";
import { exact } from "@redis-keyspace/demo-kit/time";
import { signOutDevice } from "../app/actions";
import { sessionPrefix } from "../keyspace";

export function DeviceItem({ device }: { readonly device: ShownDevice }) {
  const { handle, current, name, icon, quiet, details } = device;
  return (
    <li className={`card device${current ? " current" : ""}${quiet ? " quiet" : ""}`}>
      <svg className="icon" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
        <path d={browserIcons[icon]} />
      </svg>
      <h2>
        {name} {current && <span className="badge">This device</span>}
      </h2>
      <div className="details">
        <dl>
          {details.map((detail) => (
            <DetailItem key={detail.term} {...detail} />
          ))}
        </dl>
        <p className="handle">
          <code>
            {sessionPrefix}
            {masked(handle)}
          </code>
        </p>
      </div>
      {!current && (
        <form action={signOutDevice}>
          <input type="hidden" name="handle" value={handle} />
          <button type="submit" aria-label={`Sign out ${name}`}>
            Sign out
          </button>
        </form>
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
          <time dateTime={at.toISOString()} title={exact(at)}>
            {text}
          </time>
        )}
      </dd>
    </div>
  );
}
