import { raw } from "hono/html";
import { notices } from "../notices.js";
import { SESSION_END, whenSessionEnds } from "../session-end.js";

/** Says in the page's `role="status"`, which is read out, that its session has ended. Not where a form was sent: its answer does. */
const sessionEndScript = `{
  const whenSessionEnds = ${whenSessionEnds};
  whenSessionEnds("${SESSION_END}", () => {
    if (document.querySelector("form[data-sent]")) return;
    const notice = document.createElement("p");
    notice.className = "notice warning";
    notice.textContent = "${notices.ended}";
    document.querySelector("[role=status]").replaceChildren(notice);
  });
}`;

/** Without it the page finds out at its next click. */
export function SessionEndScript({ nonce }: { readonly nonce: string }) {
  return <script nonce={nonce}>{raw(sessionEndScript)}</script>;
}
