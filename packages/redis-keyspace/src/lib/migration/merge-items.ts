import type { SessionItem } from "../session-item.js";

/**
 * What was read at the former layout and then at the present one, where a session may have moved in between.
 *
 * @param handleNow What a handle becomes when its session moves.
 */
export async function mergeItems<Value>(
  former: readonly SessionItem<Value>[],
  now: readonly SessionItem<Value>[],
  handleNow: (handle: string) => string | Promise<string>,
): Promise<SessionItem<Value>[]> {
  const moved = new Set(now.map(({ handle }) => handle));
  const stayed: SessionItem<Value>[] = [];
  for (const item of former) if (!moved.has(await handleNow(item.handle))) stayed.push(item);
  return [...stayed, ...now];
}
