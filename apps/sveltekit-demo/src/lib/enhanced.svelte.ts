import type { SubmitFunction } from "@sveltejs/kit";
import { tick } from "svelte";

/** How many forms are on their way: the page is busy meanwhile. */
export const forms: { sent: number } = $state({ sent: 0 });

/** For `use:enhance`: a form is sent without a reload, and once. Where there is no script, the browser sends it. */
export const enhanced: SubmitFunction = ({ formElement, cancel }) => {
  if (forms.sent > 0) return cancel();
  forms.sent++;
  return async ({ result, update }) => {
    await update();
    if (result.type === "failure") await startAgain(formElement);
    forms.sent--;
  };
};

/** As a form that was loaded anew: without a password, and with the focus on the field that is wrong. */
async function startAgain(form: HTMLFormElement): Promise<void> {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[type=password]")) input.value = "";
  await tick();
  form.querySelector<HTMLInputElement>("[aria-invalid]")?.focus();
}
