import { ask } from "./ask.mjs";

/** The fields of one section of INFO. */
export async function serverInfo(server, section) {
  const text = String(await ask(server, "INFO", section));
  return Object.fromEntries(text.split("\r\n").flatMap((line) => (line.includes(":") ? [line.split(":")] : [])));
}

/** CPU time that these servers have used, in microseconds. */
export async function cpuOf(servers) {
  const each = await Promise.all(servers.map((server) => serverInfo(server, "cpu")));
  return each.reduce((sum, { used_cpu_user, used_cpu_sys }) => sum + (+used_cpu_user + +used_cpu_sys) * 1e6, 0);
}
