/** The headers of a response. */
export interface ResponseHeaders {
  get(name: string): string | null;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
  forEach(visit: (value: string, name: string) => void): void;
}

/** `CDN-Cache-Control`, and the same of one vendor. */
const ofCdn = /(?:^|-)cdn-cache-control$|^surrogate-control$/i;

const forbids = (directives: string): boolean => /\b(?:private|no-store)\b/i.test(directives);

/**
 * Whether a cache that serves several visitors may keep a response: it says so, or gives it an age that is not for one
 * visitor alone. A cookie in it would be everybody's.
 */
export function isShareable(headers: ResponseHeaders): boolean {
  let shareable = false;
  headers.forEach((value, name) => {
    if (ofCdn.test(name) && !forbids(value)) shareable = true;
  });
  if (shareable) return true;
  const directives = headers.get("cache-control") ?? "";
  if (forbids(directives)) return false;
  if (/\bpublic\b|\bimmutable\b|\b(?:s-maxage|max-age)\s*=\s*"?0*[1-9]/i.test(directives)) return true;
  return directives === "" && Date.parse(headers.get("expires") ?? "") > Date.now();
}

/** Keeps caches from giving a response to anybody else, also those that keep what says nothing. */
export function makePrivate(headers: ResponseHeaders): void {
  const names: string[] = [];
  headers.forEach((_, name) => {
    if (ofCdn.test(name)) names.push(name);
  });
  for (const name of names) headers.delete(name);
  if (!forbids(headers.get("cache-control") ?? "")) headers.set("cache-control", "private, no-store");
}
