import { onExpress } from "../http/contestants.mjs";
import { measureHttp } from "../http/measure.mjs";
import { httpTable, judgeExpress } from "../http/report.mjs";

export const express = {
  measure: (plan, progress) => measureHttp(plan.http, onExpress, progress),
  tables: (rows) => ({ "express-session: HTTP requests under load": httpTable(rows) }),
  judge: judgeExpress,
};
