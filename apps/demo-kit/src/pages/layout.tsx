import { raw } from "hono/html";
import type { Child } from "hono/jsx";

/** What every page says of the demo it belongs to. */
export interface Site {
  /** `Lucia 2` */
  readonly framework: string;
  /** The adapter that it shows. */
  readonly packageName: string;
  /** Whether there is no Redis behind it. */
  readonly inMemory: boolean;
  /** The hidden field of every form, where the framework protects forms by a token. */
  readonly csrf?: { readonly name: string; readonly value: string };
  /** Lets the page have a script: without one a double click sends a form twice. */
  readonly nonce?: string;
  /** Where the demo has a script of its own, which needs the nonce. */
  readonly script?: string;
  /** What the Keyspace panel says of the session ids in Redis. Default: that they are hashed. */
  readonly idsAtRest?: string;
}

interface LayoutProps {
  readonly site: Site;
  readonly title: string;
  readonly account?: Child;
  readonly wide?: boolean;
  readonly children: Child;
}

/** The frame of a demo's page. */
export function Layout({ site: { framework, packageName, inMemory, nonce, script }, children, ...rest }: LayoutProps) {
  const foot = (
    <>
      A demo of <code>{packageName}</code>
      {inMemory ? " in memory" : ""}
    </>
  );
  return (
    <Frame brand={`${framework} on Redis`} foot={foot} {...rest}>
      {inMemory && (
        <p class="notice warning">There is no Redis here. Sessions are kept in this process and end with it.</p>
      )}
      {children}
      {nonce !== undefined && <script nonce={nonce}>{raw(sendOnce)}</script>}
      {script !== undefined && <script type="module" src={script} nonce={nonce} />}
    </Frame>
  );
}

/** Sends each form once, until the page is shown again. */
const sendOnce = `{
  addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
}`;

export interface FrameProps extends Omit<LayoutProps, "site"> {
  readonly brand: string;
  readonly foot: Child;
}

/** The frame of every page. */
export function Frame({ brand, title, account, wide = false, foot, children }: FrameProps) {
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} · ${brand}`}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/style.css" />
        </head>
        <body>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          <header class="bar">
            <a class="brand" href="/">
              <Mark />
              {brand}
            </a>
            {account}
          </header>
          <main id="main" class={wide ? "wide" : "narrow"}>
            {children}
          </main>
          <footer class="foot">{foot}</footer>
        </body>
      </html>
    </>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M12 2.5 21.5 7 12 11.5 2.5 7Z" />
      <path d="M2.5 12 12 16.5 21.5 12M2.5 17 12 21.5 21.5 17" fill="none" />
    </svg>
  );
}
