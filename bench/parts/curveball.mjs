import { onCurveball } from "../http/contestants.mjs";
import { measureHttp } from "../http/measure.mjs";
import { httpTable, judgeCurveball } from "../http/report.mjs";

export const curveball = {
  measure: (plan, progress) => measureHttp(plan.http, onCurveball, progress),
  tables: (rows) => ({ "Curveball: HTTP requests under load": httpTable(rows) }),
  judge: judgeCurveball,
};
