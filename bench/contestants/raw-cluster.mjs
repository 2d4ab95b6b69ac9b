import { raw } from "./raw.mjs";

/** In a Cluster the keys of a user are anywhere, so a list is one GET each. */
export function rawCluster(connection) {
  const { client } = connection;
  return { ...raw(connection), list: ({ sessions }) => Promise.all(sessions.map((key) => client.get(key))) };
}
