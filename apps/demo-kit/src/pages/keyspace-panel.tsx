import { raw } from "hono/html";
import { masked, readable, type StoredKey } from "../keyspace.js";
import { lastClick } from "../last-click.js";
import { countdown } from "../time.js";
import { TraceLine } from "./trace-line.js";

export type KeyspaceProps =
  | { readonly state: "live"; readonly keys: readonly StoredKey[] }
  | { readonly state: "signed-out" }
  | { readonly state: "unavailable" };

/** The inside of the panel: rendered with the page, and again each time the script asks. */
export function KeyspacePanel(props: KeyspaceProps) {
  if (props.state === "unavailable") return <p class="notice warning">Redis does not answer.</p>;
  if (props.state === "signed-out") return <p class="notice">This device was signed out: its key is gone.</p>;
  return (
    <>
      <Keys keys={props.keys} />
      <TraceLine trace={lastClick()} />
    </>
  );
}

export function Keys({ keys }: { readonly keys: readonly StoredKey[] }) {
  return (
    <ul class="keys">
      {keys.map((stored) => (
        <Key stored={stored} />
      ))}
    </ul>
  );
}

function Key({ stored: { key, type, ttlMs, value } }: { readonly stored: StoredKey }) {
  return (
    <li class="key">
      <div class="key-head">
        <h3>
          <code>{masked(key)}</code>
        </h3>
        <span class="type">{type}</span>
        <span class="ttl">
          <span class="sr-only">TTL </span>
          {ttlMs === null ? "none" : <span data-ttl={ttlMs}>{countdown(ttlMs)}</span>}
        </span>
      </div>
      <pre>{readable(value)}</pre>
    </li>
  );
}

/** Counts the TTLs down in `#keyspace` and asks `/keyspace` for the keys every two seconds. */
export const keyspaceScript: string = `{
  const countdown = ${countdown};
  const panel = document.getElementById("keyspace");
  let readAt = Date.now();
  const tick = () => {
    for (const ttl of panel.querySelectorAll("[data-ttl]")) ttl.textContent = countdown(ttl.dataset.ttl - (Date.now() - readAt));
  };
  const refresh = async () => {
    const selecting = String(getSelection()) && panel.contains(getSelection().anchorNode);
    const response = document.hidden || selecting ? null : await fetch("/keyspace").catch(() => null);
    if (response === null) return;
    panel.innerHTML = await response.text();
    readAt = Date.now();
    if (response.status === 401) clearInterval(refreshing);
  };
  setInterval(tick, 1000);
  const refreshing = setInterval(refresh, 2000);
}`;

/** Without it the page is as good as when it was loaded. */
export function KeyspaceScript({ nonce }: { readonly nonce: string }) {
  return <script nonce={nonce}>{raw(keyspaceScript)}</script>;
}
