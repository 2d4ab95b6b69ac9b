import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";

export interface FrameProps {
  readonly title: string;
  /** What the console looks at. */
  readonly place: string;
  readonly children: Child;
}

/** The frame of the page, as the demos have it. */
export function Frame({ title, place, children }: FrameProps): JSX.Element {
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{title}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="style.css" />
          <script type="module" src="script.js" />
        </head>
        <body>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          <header class="bar">
            <a class="brand" href="./">
              <Mark />
              redis-keyspace
            </a>
            <span class="email">{place}</span>
          </header>
          <main id="main">{children}</main>
          <footer class="foot">
            Only this machine can open this page, and only with its address. It ends with the command: Ctrl‑C.
          </footer>
        </body>
      </html>
    </>
  );
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M12 2.5 21.5 7 12 11.5 2.5 7Z" />
      <path d="M2.5 12 12 16.5 21.5 12M2.5 17 12 21.5 21.5 17" fill="none" />
    </svg>
  );
}
