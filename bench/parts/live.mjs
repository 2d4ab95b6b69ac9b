import { measureLive } from "../live/measure.mjs";
import { judgeLive, liveTable } from "../live/report.mjs";

export const live = {
  measure: (plan, progress) => measureLive(plan.live, progress),
  tables: (results) => ({ "Near cache and watchers": liveTable(results) }),
  judge: judgeLive,
};
