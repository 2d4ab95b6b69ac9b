import { randomBytes } from "node:crypto";
import { openStorage, type Storage } from "@redis-keyspace/demo-kit/redis";
import { readSettings } from "@redis-keyspace/demo-kit/settings";
import { openUsers, type Users } from "@redis-keyspace/demo-kit/users";
import { env } from "$env/dynamic/private";

interface Services {
  readonly storage: Storage;
  readonly users: Users;
  /** Signs the cookies. */
  readonly secret: string;
}

let opened: Services | undefined;

/** Opens the connection and the database, once, when the server starts. */
export async function openServices(): Promise<void> {
  const { redisUrl } = readSettings(env);
  opened = {
    storage: await openStorage(redisUrl),
    users: await openUsers(),
    // Users end with this process, so their cookies may too. In production the secret is kept, and is the same everywhere.
    secret: env["SESSION_SECRET"] || randomBytes(32).toString("base64url"),
  };
}

export function services(): Services {
  if (opened === undefined) throw new Error("The services are opened when the server starts");
  return opened;
}

export function closeServices(): void {
  opened?.storage.close();
  opened?.users.database.close();
}
