import { type Notice, notices } from "../notices.js";

export function NoticeLine({ notice }: { readonly notice?: Notice | undefined }) {
  return <div role="status">{notice !== undefined && <p class="notice">{notices[notice]}</p>}</div>;
}
