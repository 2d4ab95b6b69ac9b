import { clocks } from "./clocks.js";
import { crash } from "./crash.js";
import { dataForms } from "./data-forms.js";
import { deadlines } from "./deadlines.js";
import { fairLimit } from "./fair-limit.js";
import { growth } from "./growth.js";
import { isolation } from "./isolation.js";
import { kitTest } from "./kit.js";
import { limit } from "./limit.js";
import { lostUpdates } from "./lost-updates.js";
import { model } from "./model.js";
import { observationAndSchema } from "./observation-and-schema.js";
import { outage } from "./outage.js";
import { refused } from "./refused.js";
import { repeat } from "./repeat.js";
import { revocation } from "./revocation.js";
import { rotationGrace } from "./rotation-grace.js";
import { roundTrips } from "./round-trips.js";
import { secrets } from "./secrets.js";
import { semantics } from "./semantics.js";
import type { ConformanceTarget, RegisterTest } from "./target.js";
import { together } from "./together.js";
import { ttlOnly, ttlOnlyRoundTrips } from "./ttl-only.js";

export interface ConformanceOptions {
  /**
   * Whether record and index share a script: not in a Cluster without a hash tag, nor with two clients. Then every
   * operation must be one command. Default: true.
   */
  readonly atomic?: boolean | undefined;
  /**
   * Whether to try more of what is the same with every client: what a server refuses inside a script, and the loss of each
   * answer by itself. Once for each kind of server is enough. Default: false.
   */
  readonly thorough?: boolean | undefined;
  /** How many interleavings to try. Default: 100. */
  readonly interleavings?: number | undefined;
  /** After how many sign-ins to look at what has grown, in steps of 500. Default: 10,000. */
  readonly signIns?: number | undefined;
}

/**
 * Registers the conformance kit: what `redis-keyspace` promises, as tests, on a driver, a client or an adapter.
 * Needs `fast-check`. Tests keep to random prefixes and delete what they wrote.
 *
 * @param test The runner's own function, `test` or `it`.
 *
 * @example
 * conformance(test, { name: "my driver", client: myDriver(connection), raw: rawKeyspace(connection) });
 */
export function conformance(test: RegisterTest, target: ConformanceTarget, options: ConformanceOptions = {}): void {
  const { atomic = true, interleavings = 100, signIns = 10_000, thorough = false } = options;
  const kit = kitTest(test, target);
  semantics(kit);
  limit(kit);
  fairLimit(kit);
  rotationGrace(kit);
  observationAndSchema(kit);
  dataForms(kit);
  deadlines(kit);
  if (target.sharesClock !== true) clocks(kit);
  revocation(kit);
  lostUpdates(kit);
  isolation(kit);
  secrets(kit);
  outage(kit);
  crash(kit);
  repeat(kit, thorough);
  growth(kit, signIns);
  ttlOnly(kit);
  model(kit, interleavings);
  if (atomic && thorough) refused(kit);
  if (atomic) roundTrips(kit, target.codec !== undefined);
  if (atomic) ttlOnlyRoundTrips(kit);
  if (atomic) together(kit, target.codec !== undefined);
}
