// docs/keyspace.md has every key that every package writes with its default options; the packages' own tests hold it to that.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../workspace.mjs";

/** Overlaps that a replaced package's own key names force upon its successor. */
const forced = [
  {
    pair: ["redis-keyspace session:", "@redis-keyspace/lucia session:"],
    reason: "@lucia-auth/adapter-session-redis names its keys so; neither model reads a record of the other",
  },
];

/** Package and prefix of each row of the table. */
function defaults() {
  const page = readFileSync(join(root, "docs", "keyspace.md"), "utf8");
  const [table = ""] = /^\| package \|[\s\S]*?\n\n/m.exec(page) ?? [];
  let owner = "";
  return [...table.matchAll(/^\| (?:`([^`]+)` )?\| `([^`<]+)</gm)].map(([, named, prefix = ""]) => {
    owner = named ?? owner;
    return { owner, prefix };
  });
}

test("no default prefix of a package is the beginning of another package's", () => {
  const all = defaults();
  expect(new Set(all.map(({ owner }) => owner)).size).toBe(9);
  const overlaps = all.flatMap((outer) =>
    all
      .filter((inner) => inner.owner !== outer.owner && inner.prefix.startsWith(outer.prefix))
      .map((inner) => [outer, inner].map(({ owner, prefix }) => `${owner} ${prefix}`)),
  );
  expect(overlaps).toEqual(forced.flatMap(({ pair }) => [pair, [...pair].reverse()]));
});
