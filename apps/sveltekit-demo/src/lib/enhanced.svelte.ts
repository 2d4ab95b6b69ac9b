import type { SubmitFunction } from "@sveltejs/kit";

/** How many forms are on their way: the page is busy meanwhile. */
export const forms: { sent: number } = $state({ sent: 0 });

/** For `use:enhance`: a form is sent without a reload. Where there is no script, the browser sends it. */
export const enhanced: SubmitFunction = () => {
  forms.sent++;
  return async ({ update }) => {
    await update();
    forms.sent--;
  };
};
