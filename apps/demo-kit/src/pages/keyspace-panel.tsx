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

interface KeysProps {
  readonly keys: readonly StoredKey[];
  /** Whether a value is shown when its key is clicked. */
  readonly folded?: boolean;
}

export function Keys({ keys, folded = false }: KeysProps) {
  return (
    <ul class="keys">
      {keys.map((stored) => (
        <li class="key">
          {folded ? (
            <details data-key={masked(stored.key)}>
              <summary class="key-head">
                <KeyHead stored={stored} />
              </summary>
              <pre>{readable(stored.value)}</pre>
            </details>
          ) : (
            <>
              <div class="key-head">
                <KeyHead stored={stored} />
              </div>
              <pre>{readable(stored.value)}</pre>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function KeyHead({ stored: { key, type, ttlMs } }: { readonly stored: StoredKey }) {
  return (
    <>
      <h3>
        <code>{masked(key)}</code>
      </h3>
      <span class="type">{type}</span>
      <span class="ttl">
        <span class="sr-only">TTL </span>
        {ttlMs === null ? "none" : <span data-ttl={ttlMs}>{countdown(ttlMs)}</span>}
      </span>
    </>
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
