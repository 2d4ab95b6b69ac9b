import type { ReactNode } from "react";

export interface FrameProps {
  readonly account?: ReactNode;
  readonly wide?: boolean;
  /** Whether to say that there is no Redis. */
  readonly inMemory?: boolean;
  readonly children: ReactNode;
}

/** What every page has around it. */
export function Frame({ account, wide = false, inMemory = false, children }: FrameProps) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="bar">
        <a className="brand" href="/">
          <Mark />
          NextAuth on Redis
        </a>
        {account}
      </header>
      <main id="main" className={wide ? "wide" : "narrow"}>
        {inMemory && (
          <p className="notice warning">
            There is no Redis here. Users and sessions are kept in this process and end with it.
          </p>
        )}
        {children}
      </main>
      <footer className="foot">
        A demo of <code>@redis-keyspace/next-auth</code>
        {inMemory ? " in memory" : ""}
      </footer>
    </>
  );
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M12 2.5 21.5 7 12 11.5 2.5 7Z" />
      <path d="M2.5 12 12 16.5 21.5 12M2.5 17 12 21.5 21.5 17" fill="none" />
    </svg>
  );
}
