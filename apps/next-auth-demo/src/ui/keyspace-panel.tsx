"use client";

import type { StoredKey } from "@redis-keyspace/demo-kit/keyspace";
import type { Trace } from "@redis-keyspace/demo-kit/last-click";
import { countdown } from "@redis-keyspace/demo-kit/time";
import { useEffect, useState } from "react";
import { TraceLine } from "./trace-line";

/** What the panel is given with the page, and again each time it asks. */
interface Live {
  readonly keys: readonly StoredKey[];
  readonly trace?: Trace | undefined;
}

type State = ({ readonly name: "live" } & Live) | { readonly name: "signed-out" } | { readonly name: "unavailable" };

const REFRESH_MS = 2_000;

/** The keys, counted down, and asked for again every two seconds. Without script they are as they were loaded. */
export function KeyspacePanel({ keys, trace }: Live) {
  const [state, setState] = useState<State>({ name: "live", keys, trace });
  const [ageMs, setAgeMs] = useState(0);

  useEffect(() => {
    let readAt = Date.now();
    let left = false;
    const show = (next: State): void => {
      if (left) return;
      readAt = Date.now();
      setState(next);
      setAgeMs(0);
      if (next.name === "signed-out") clearInterval(refreshing);
    };
    show({ name: "live", keys, trace });
    const ticking = setInterval(() => setAgeMs(Date.now() - readAt), 1000);
    const refreshing = setInterval(() => {
      if (!document.hidden && getSelection()?.isCollapsed !== false) void ask().then(show, () => {});
    }, REFRESH_MS);
    return () => {
      left = true;
      clearInterval(ticking);
      clearInterval(refreshing);
    };
  }, [keys, trace]);

  if (state.name === "unavailable") return <p className="notice warning">Redis does not answer.</p>;
  if (state.name === "signed-out") return <p className="notice">This device was signed out: its key is gone.</p>;
  return (
    <>
      <ul className="keys">
        {state.keys.map((stored) => (
          <Key key={stored.key} stored={stored} ageMs={ageMs} />
        ))}
      </ul>
      {state.trace !== undefined && <TraceLine trace={state.trace} />}
    </>
  );
}

function Key({ stored: { key, type, ttlMs, value }, ageMs }: { readonly stored: StoredKey; readonly ageMs: number }) {
  return (
    <li className="key">
      <div className="key-head">
        <h3>
          <code>{key}</code>
        </h3>
        <span className="type">{type}</span>
        <span className="ttl">
          <span className="sr-only">TTL </span>
          {ttlMs === null ? "none" : <span data-ttl={ttlMs}>{countdown(ttlMs - ageMs)}</span>}
        </span>
      </div>
      <pre>{value}</pre>
    </li>
  );
}

async function ask(): Promise<State> {
  const response = await fetch("/keyspace");
  if (response.status === 401) return { name: "signed-out" };
  return response.ok ? { name: "live", ...((await response.json()) as Live) } : { name: "unavailable" };
}
