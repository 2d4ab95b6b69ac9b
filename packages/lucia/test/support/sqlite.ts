import Database from "libsql";

/** A database in memory, without the `_metadata` that libsql adds to a row and better-sqlite3, which it stands for, does not. */
export function sqlite(schema: string): InstanceType<typeof Database> {
  const db = new Database(":memory:");
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    const statement = prepare(sql);
    const get = statement.get.bind(statement);
    statement.get = (...args: unknown[]) => {
      const row = get(...args) as { _metadata?: unknown } | undefined;
      delete row?._metadata;
      return row;
    };
    return statement;
  }) as typeof db.prepare;
  db.exec(schema);
  return db;
}
