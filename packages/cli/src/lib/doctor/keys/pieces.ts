/** How many keys one pipeline reads: others wait while Redis answers it. */
const AT_ONCE = 100;

export function* pieces<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += AT_ONCE) yield items.slice(from, from + AT_ONCE);
}
