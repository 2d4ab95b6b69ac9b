"use client";

import { useEffect, useRef } from "react";
import { NOTICE_COOKIE } from "../notice-cookie";

/** Shown once. A page that comes with a notice starts there: that is what the last key press led to. */
export function NoticeLine({ notice }: { readonly notice: string | null }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API.
    document.cookie = `${NOTICE_COOKIE}=; Path=/; Max-Age=0`;
    line.current?.focus();
  }, []);
  return (
    <div role="status">
      {notice !== null && (
        <p className="notice" tabIndex={-1} ref={line}>
          {notice}
        </p>
      )}
    </div>
  );
}
