import type { RecordModel } from "redis-keyspace/adapter";
import { type Preset, presets } from "../../presets.js";

/** Presets whose records are like no other's. */
const candidates: readonly { readonly title: string; readonly record: RecordModel<unknown> }[] = [
  presets.core,
  presets.lucia,
  presets["next-auth"],
  presets["better-auth"],
].map(({ title, layout }: Preset) => ({ title, record: layout().sessions.record }));

/** Whose record a text is that the application cannot read. */
export function presetThatReads(text: string, storedId: string): string | undefined {
  return candidates.find(({ record }) => record.decode(text, storedId) !== null)?.title;
}
