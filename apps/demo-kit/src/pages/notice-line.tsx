import { type Notice, notices } from "../notices.js";

export function NoticeLine({ notice }: { readonly notice?: Notice | undefined }) {
  return (
    <div role="status">
      {notice !== undefined && (
        // A page that comes with a notice starts there: that is what the last key press led to.
        <p class="notice" tabindex={-1} autofocus>
          {notices[notice]}
        </p>
      )}
    </div>
  );
}
