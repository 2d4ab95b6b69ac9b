import { plainTable } from "../report/tables.mjs";

const halved = ["getSessionAndUser", "createSession", "updateSession", "useVerificationToken"];
const TIMED_AT_MS = 5;
const LEAST = 1.8;

export function costTable({ ours, published }) {
  const table = plainTable(["method", "requests, ours", "published", "commands, ours", "published"]);
  for (const [method, our] of Object.entries(ours)) {
    const their = published[method];
    table.push([method, our.requests, their.requests, our.commands, their.commands]);
  }
  return table.toString();
}

export function timeTable(times) {
  const table = plainTable(["added", "one request", "", "ours", "published", "times as fast"]);
  for (const { latencyMs, requestMs, what, oursMs, publishedMs, ratio } of times) {
    table.push([latencyMs, requestMs, what, oursMs, publishedMs, ratio]);
  }
  return table.toString();
}

/** As `judge` in targets.mjs answers. */
export function judgeNextAuth({ costs: { ours, published }, times }) {
  const requests = halved.map((method) => {
    const [our, their] = [ours[method].requests, published[method].requests];
    return {
      target: `NextAuth: requests of ${method}, vs published`,
      wanted: "≤ half",
      measured: `${our} of ${their}`,
      reached: our * 2 <= their,
    };
  });
  const speeds = times
    .filter(({ latencyMs }) => latencyMs === TIMED_AT_MS)
    .map(({ what, ratio }) => ({
      target: `NextAuth: ${what} at +${TIMED_AT_MS} ms, vs published`,
      wanted: `≥ ${LEAST}`,
      measured: `${ratio}`,
      reached: ratio >= LEAST,
    }));
  return [...requests, ...speeds];
}
