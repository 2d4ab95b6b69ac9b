/** So many cookies of a name are tried, of however many a header has room for. */
const MAX_COOKIES = 20;

/** The values that a `Cookie` header has under a name: browsers send one for each domain and path. */
export function valuesNamed(name: string, header: string | null): string[] {
  const values = pairs(header)
    .filter((pair) => pair.name === name && pair.value !== "")
    .map(({ value }) => decoded(value));
  return [...new Set(values)].slice(0, MAX_COOKIES);
}

/** The header with this value before others of its name, so that it is the one which counts. */
export function withFirst(name: string, value: string, header: string | null): string {
  const others = pairs(header).filter((pair) => pair.name !== name);
  return [{ name, value: encodeURIComponent(value) }, ...others].map((pair) => `${pair.name}=${pair.value}`).join("; ");
}

function pairs(header: string | null): { readonly name: string; readonly value: string }[] {
  return (header?.split(";") ?? []).flatMap((pair) => {
    const at = pair.indexOf("=");
    if (at < 0) return [];
    const value = pair.slice(at + 1).trim();
    return { name: pair.slice(0, at).trim(), value: /^".*"$/.test(value) ? value.slice(1, -1) : value };
  });
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
