import { platform } from "../runtime.js";
import { adapterDevices } from "./adapter-devices.js";
import { adapterFaults } from "./adapter-faults.js";
import { adapterLive } from "./adapter-live.js";
import { adapterSecrets } from "./adapter-secrets.js";
import type { AdapterTarget, AdapterTest, AdapterUnderTest } from "./adapter-target.js";
import { equal, eventually, ok } from "./assert.js";
import { wrapClient } from "./faults.js";
import { withoutOperations } from "./kit.js";
import type { RawKeyspace, RegisterTest } from "./target.js";

/**
 * Registers the conformance kit for an adapter: the promises that a visitor sees, held on what its framework calls. Tests
 * keep to random prefixes; users are called `u1`, `u2` and the like.
 *
 * @param test The runner's own function, `test` or `it`.
 *
 * @example
 * adapterConformance(test, { name: "my adapter", client, raw: rawKeyspace(connection), open: (client, options) => … });
 */
export function adapterConformance(test: RegisterTest, target: AdapterTarget): void {
  const raw = withoutOperations(target.raw);
  const kit: AdapterTest = (name, body) =>
    test(`${target.name}: ${name}`, async () => {
      const prefix = `${target.tag ?? ""}kit:${platform.crypto.getRandomValues(new Uint8Array(8)).join("")}:`;
      const open = async (options = {}, client = target.client): Promise<AdapterUnderTest> =>
        await target.open(client, { prefix, ...options });
      await body({ raw, open, wrapped: (wrap) => wrapClient(target.client, wrap) });
      await leavesNothing(await open(), raw);
    });
  adapterDevices(kit);
  adapterFaults(kit);
  adapterSecrets(kit);
  if (target.stream !== undefined) adapterLive(kit, target.stream, target.caches ?? true);
}

/** K7: no key lives for ever, and with nobody signed in there is none, but for a minute of what a sign-out overtook. */
async function leavesNothing(adapter: AdapterUnderTest, raw: RawKeyspace): Promise<void> {
  const keys = async (): Promise<string[]> =>
    (await Promise.all(adapter.prefixes.map((prefix) => raw.keys(prefix)))).flat();
  for (const key of await keys()) ok((await raw.ttl(key)) !== -1, "no key lives for ever");
  for (const userId of ["u1", "u2"]) {
    await adapter.sessions.deleteAll(userId);
    equal(
      [await adapter.sessions.count(userId), await adapter.sessions.list(userId)],
      [0, []],
      "sessions that are left",
    );
  }
  const left = async (): Promise<string[]> => {
    const ttls = await Promise.all(
      (await keys()).map(async (key): Promise<[string, number]> => [key, await raw.ttl(key)]),
    );
    return ttls.filter(([, ttl]) => ttl > 60_000).map(([key]) => key);
  };
  await eventually(async () => (await left()).length === 0, "no key is left");
}
