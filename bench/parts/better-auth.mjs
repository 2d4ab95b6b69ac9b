import { measureBetterAuth } from "../better-auth/measure.mjs";
import { judgeBetterAuth } from "../better-auth/report.mjs";
import { httpTable } from "../http/report.mjs";

/** better-auth with our storage and with the published one, both on ioredis. */
export const betterAuth = {
  measure: (plan, progress) => measureBetterAuth(plan.betterAuth, progress),
  tables: (rows) => ({ "better-auth: requests, a user has ten sessions": httpTable(rows) }),
  judge: judgeBetterAuth,
};
