import { type FormProblem, fieldOf, formProblems } from "@redis-keyspace/demo-kit/forms";
import { createAuthClient } from "better-auth/client";
import { calls, type Form, isForm, problemOf, type Refusal } from "../calls.js";

type Fields = Record<string, string>;

/** What was answered where that is a page, to be shown as it is: Redis is away, or the form was refused. */
let page: string | undefined;

const client = createAuthClient({
  fetchOptions: {
    async customFetchImpl(...request) {
      const response = await fetch(...request);
      const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
      page = isPage ? await response.clone().text() : undefined;
      return response;
    },
  },
});

const ask: Record<Form, (fields: Fields) => Promise<{ readonly error: Refusal | null }>> = {
  "/sign-up": (fields) => client.signUp.email(calls["/sign-up"].body(fields)),
  "/sign-in": (fields) => client.signIn.email(calls["/sign-in"].body(fields)),
  "/sign-out": () => client.signOut(),
  "/sign-out/device": (fields) => client.revokeSession(calls["/sign-out/device"].body(fields)),
  "/sign-out/others": () => client.revokeOtherSessions(),
  "/sign-out/everywhere": () => client.revokeSessions(),
};

// After the script of every page, which has dealt with a second click.
addEventListener("submit", (event) => {
  const { target: form } = event;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  const { pathname } = new URL(form.action);
  if (!isForm(pathname)) return;
  event.preventDefault();
  setBusy(true);
  send(form, pathname).catch(() => form.submit());
});
addEventListener("pageshow", () => setBusy(false));

async function send(form: HTMLFormElement, name: Form): Promise<void> {
  const fields = Object.fromEntries([...new FormData(form)].map(([field, value]) => [field, String(value)]));
  const { error } = await ask[name](fields);
  if (error === null) return location.assign(calls[name].next);
  if (page !== undefined) {
    document.documentElement.innerHTML = page;
  } else if (error.status >= 500) {
    // The page that says so comes from the server.
    form.submit();
  } else if (name === "/sign-up" || name === "/sign-in") {
    complain(form, problemOf(name, error));
  } else {
    // Whose session has ended finds out there.
    location.assign("/");
  }
}

/** Says what is wrong where the server would have said it. */
function complain(form: HTMLFormElement, problem: FormProblem): void {
  form.querySelector("#problem")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "problem", id: "problem", role: "alert" });
  line.textContent = formProblems[problem];
  form.prepend(line);
  for (const field of form.querySelectorAll("input")) {
    const isWrong = field.name === fieldOf(problem);
    setAttribute(field, "aria-invalid", isWrong ? "true" : null);
    setAttribute(field, "aria-describedby", isWrong ? "problem" : null);
    if (field.type === "password") field.value = "";
    if (isWrong) field.focus();
  }
  delete form.dataset["sent"];
  setBusy(false);
}

function setBusy(isBusy: boolean): void {
  const main = document.getElementById("main");
  if (main !== null) setAttribute(main, "aria-busy", isBusy ? "true" : null);
}

function setAttribute(element: HTMLElement, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
