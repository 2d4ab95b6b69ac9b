import { measureHttp } from "../http/measure.mjs";
import { httpTable, judgeHttp } from "../http/report.mjs";

export const curveball = {
  measure: (plan, progress) => measureHttp(plan.http, progress),
  tables: (rows) => ({ "Curveball: HTTP requests under load": httpTable(rows) }),
  judge: judgeHttp,
};
