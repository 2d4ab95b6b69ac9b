const ours = "@redis-keyspace/better-auth";
const theirs = "@better-auth/redis-storage";

/** As `judge` in targets.mjs answers. */
export function judgeBetterAuth(rows) {
  return ["sign-in", "read", "revoke", "list"].map((kind) => {
    const [our, their] = [ours, theirs].map((name) => rows.find((row) => row.kind === kind && row.name === name));
    const isFewer = kind === "list";
    return {
      target: `better-auth: round trips and commands of a ${kind}, vs ${theirs}`,
      wanted: isFewer ? "fewer" : "no more",
      measured: `${our.roundTrips} and ${our.commands} of ${their.roundTrips} and ${their.commands}`,
      reached: ["roundTrips", "commands"].every((what) =>
        isFewer ? our[what] < their[what] : our[what] <= their[what],
      ),
    };
  });
}
