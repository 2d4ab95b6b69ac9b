"use client";

import { notices } from "@redis-keyspace/demo-kit/notices";
import { SESSION_END, whenSessionEnds } from "@redis-keyspace/demo-kit/session-end";
import { useEffect, useRef, useState } from "react";
import { NOTICE_COOKIE } from "../notice-cookie";

interface NoticeProps {
  readonly notice: string | null;
  /** Whether the page is of somebody who is signed in: then it says at once that the session has ended. */
  readonly signedIn?: boolean;
}

/** Shown once. A page that comes with a notice starts there: that is what the last key press led to. */
export function NoticeLine({ notice, signedIn = false }: NoticeProps) {
  const [ended, setEnded] = useState(false);
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API.
    document.cookie = `${NOTICE_COOKIE}=; Path=/; Max-Age=0`;
    line.current?.focus();
  }, []);
  useEffect(() => (signedIn ? whenSessionEnds(SESSION_END, () => setEnded(true)) : undefined), [signedIn]);
  return (
    <div role="status">
      {ended && <p className="notice warning">{notices.ended}</p>}
      {notice !== null && (
        <p className="notice" tabIndex={-1} ref={line}>
          {notice}
        </p>
      )}
    </div>
  );
}
