// What changes by itself in the console's page. Without it the page is as good as when it was loaded.

/** Each is an element, and the name of the events that bring what is in it. */
const regions = document.querySelectorAll<HTMLElement>("[data-live]");
const status = document.querySelector("[role=status]");
let events: EventSource | null = null;

function listen(): void {
  const source = new EventSource("events");
  events = source;
  for (const region of regions) {
    source.addEventListener(region.id, ({ data }: MessageEvent<string>) => {
      // What is still growing is read out when it is done.
      region.ariaBusy = String(data.includes("<progress"));
      region.innerHTML = data;
    });
  }
  source.addEventListener("open", () => document.getElementById("lost")?.remove());
  source.addEventListener("error", sayLost);
}

function sayLost(): void {
  if (document.getElementById("lost") !== null) return;
  const notice = document.createElement("p");
  notice.id = "lost";
  notice.className = "notice warning";
  notice.textContent = "The console has ended. Start the command again, and open its new address.";
  status?.append(notice);
}

// Nobody counts for a page that nobody sees.
document.addEventListener("visibilitychange", () => {
  events?.close();
  if (!document.hidden) listen();
});
listen();

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-in-place]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, { method: "POST", redirect: "manual" }).catch(sayLost);
  });
}
