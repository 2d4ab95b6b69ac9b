import { raw } from "../contestants/raw.mjs";
import { sveltekit as published } from "../contestants/sveltekit.mjs";
import { sveltekitOurs } from "../contestants/sveltekit-ours.mjs";
import { measureStandalone } from "../measure/standalone.mjs";
import { ratioTable } from "../report/tables.mjs";
import { judgeSveltekit } from "../targets.mjs";

/** Both packages on the same signed cookies. */
export const sveltekit = {
  measure: ({ sveltekitCells: cells, effortFor }, progress) =>
    measureStandalone({ cells, effortFor, ours: sveltekitOurs, lineUp }, progress),
  tables: ({ rows }) => ({
    "SvelteKit: as above, with signed cookies; touch is updateSessionExpiry": ratioTable(rows),
  }),
  judge: judgeSveltekit,
};

function lineUp(node6, io6, node4) {
  const on = (connection) => [sveltekitOurs(connection), raw(connection), published(connection)];
  return {
    contestantsOn: { "node-redis 6": on(node6), "ioredis 6": on(io6) },
    seeders: { ours: sveltekitOurs(node6), raw: raw(node4), sveltekit: published(node4) },
  };
}
