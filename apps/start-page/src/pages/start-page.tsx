import { Frame, Keys } from "@redis-keyspace/demo-kit/pages";
import { countdown } from "@redis-keyspace/demo-kit/time";
import { raw } from "hono/html";
import type { Demo } from "../demos.js";
import type { Keyspace } from "../keyspaces.js";

type Keyspaces = ReadonlyMap<Demo, Keyspace> | "in memory" | "unavailable";

interface Props {
  readonly demos: readonly Demo[];
  readonly keyspaces: Keyspaces;
  readonly nonce: string;
}

export function StartPage({ demos, keyspaces, nonce }: Props) {
  const foot = (
    <>
      What to try is in <code>apps/README.md</code>
    </>
  );
  return (
    <Frame brand="redis-keyspace" title="Demos" foot={foot} wide>
      <h1>Demos</h1>
      <p class="lead">
        Each signs people in with another framework, and all keep their sessions in one Redis. Sign up in one: its keys
        appear here. Tokens and their hashes are shortened. What the stores do, and how long it takes, is under{" "}
        <a href="/traces">Traces</a>.{" "}
        <noscript>
          <a href="/">Refresh</a>
        </noscript>
      </p>
      <ul class="demos">
        {demos.map((demo) => (
          <DemoItem demo={demo} keyspaces={keyspaces} />
        ))}
      </ul>
      <script nonce={nonce}>{raw(script)}</script>
    </Frame>
  );
}

function DemoItem({ demo, keyspaces }: { readonly demo: Demo; readonly keyspaces: Keyspaces }) {
  const { name, framework, description, url, problem } = demo;
  return (
    <li class="panel demo">
      <div class="demo-head">
        <div>
          <h2>{framework}</h2>
          <p class="lead">{description}</p>
        </div>
        {url === undefined ? (
          <span class="badge">{problem}</span>
        ) : (
          <a class="button primary" href={url} aria-label={`Open the ${framework} demo`}>
            Open
          </a>
        )}
      </div>
      <div class="demo-keys" data-keys={name}>
        {url !== undefined && <DemoKeys demo={demo} keyspaces={keyspaces} />}
      </div>
    </li>
  );
}

function DemoKeys({ demo, keyspaces }: { readonly demo: Demo; readonly keyspaces: Keyspaces }) {
  if (keyspaces === "unavailable") return <p class="notice warning">Redis does not answer.</p>;
  if (keyspaces === "in memory") return <p class="notice warning">Kept in the memory of the demo: no Redis here.</p>;
  const { keys, total } = keyspaces.get(demo) ?? { keys: [], total: 0 };
  if (total === 0) return <p class="none">No key yet.</p>;
  return (
    <details open data-key="">
      <summary class="count">
        {total === 1 ? "1 key" : `${total} keys`}
        {total > keys.length && `, the first ${keys.length}`}
      </summary>
      <Keys keys={keys} folded />
    </details>
  );
}

/**
 * Counts the TTLs down and asks for the page every two seconds. Its links stay as they are, so that the focus does, and
 * what was folded stays folded. On a narrow screen the keys are folded at first, so that the demos are not screens apart.
 */
const script = `{
  const countdown = ${countdown};
  const narrow = matchMedia("(width < 40rem)").matches;
  const folded = new Map();
  const nameOf = (details) => details.closest("[data-keys]").dataset.keys + " " + details.dataset.key;
  const fold = (place) => {
    for (const details of place.querySelectorAll("details")) {
      details.open = folded.get(nameOf(details)) ?? (details.dataset.key === "" && !narrow);
    }
  };
  fold(document);
  document.addEventListener("toggle", ({ target }) => {
    if (target.isConnected) folded.set(nameOf(target), target.open);
  }, true);
  let readAt = Date.now();
  const tick = () => {
    for (const ttl of document.querySelectorAll("[data-ttl]")) ttl.textContent = countdown(ttl.dataset.ttl - (Date.now() - readAt));
  };
  const refresh = async () => {
    const response = document.hidden || String(getSelection()) ? null : await fetch("/").catch(() => null);
    if (response === null) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const fresh of page.querySelectorAll("[data-keys]")) {
      const shown = document.querySelector(\`[data-keys="\${fresh.dataset.keys}"]\`);
      if (!shown) continue;
      // What the focus is on is still there afterwards.
      const focused = shown.contains(document.activeElement) ? document.activeElement.parentElement.dataset.key : undefined;
      fold(fresh);
      shown.innerHTML = fresh.innerHTML;
      if (focused !== undefined) shown.querySelector(\`[data-key="\${CSS.escape(focused)}"] > summary\`)?.focus();
    }
    readAt = Date.now();
  };
  setInterval(tick, 1000);
  setInterval(refresh, 2000);
}`;
