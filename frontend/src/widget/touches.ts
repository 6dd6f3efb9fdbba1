/** Where somebody came from at one moment; what the product keeps (people/touches.py). */
export type Touch = Record<string, string>;

/** The first time somebody came from anywhere, and the last. */
export interface Touches {
  first: Touch;
  last: Touch;
}

/** What of a browser's storage this needs. */
export interface Kept {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The page and how it was reached. */
export interface Page {
  href: string;
  referrer: string;
  title: string;
  language: string;
  zone: string;
  at: string;
}

export const LONGEST = 500;
const KEY = "emptyfeed:touches";
const MARKS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
const CLICKS = ["gclid", "yclid", "fbclid", "ymclid", "vkclid"];
/** Searching sites that still tell what was asked, and the parameters they tell it in. */
const SEARCHES = /(^|\.)((yandex|ya|google|bing|yahoo)\.[a-z.]+|duckduckgo\.com|ecosia\.org|search\.brave\.com|go\.mail\.ru|qwant\.com|rambler\.ru|baidu\.com)$/;
const QUERIES = ["text", "q", "p", "query", "wd"];

/**
 * How this visit began and how the first one did. A visit that tells nothing (a click inside the site, an
 * address typed in) does not take the place of the last that did; the first is never replaced.
 */
export function captureTouches(storage: Kept | null, page: Page = here()): Touches {
  const told = read(storage);
  const touch = touchOf(page);
  const last = told === null || saysWhere(touch) ? touch : told.last;
  const touches = { first: told?.first ?? touch, last };
  try {
    storage?.setItem(KEY, JSON.stringify(touches));
  } catch { /* A full or forbidden storage costs the memory, not the visit. */ }
  return touches;
}

/** What one visit says of where it came from. */
export function touchOf(page: Page): Touch {
  const [address, from] = [parsed(page.href), parsed(page.referrer)];
  const touch: Touch = {};
  const put = (name: string, value: string | null | undefined) => {
    const words = (value ?? "").trim();
    if (words !== "") touch[name] = cut(words);
  };
  for (const name of [...MARKS, ...CLICKS]) put(name, address?.searchParams.get(name));
  if (from !== null && from.origin !== address?.origin) put("referrer", bare(from));
  put("landing", address && bare(address));
  put("title", page.title);
  put("query", asked(from));
  put("locale", page.language);
  put("zone", page.zone);
  put("at", page.at);
  return touch;
}

function here(): Page {
  return {
    href: location.href,
    referrer: document.referrer,
    title: document.title,
    language: navigator.language,
    zone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    at: new Date().toISOString(),
  };
}

function saysWhere(touch: Touch): boolean {
  return "referrer" in touch || MARKS.concat(CLICKS).some((name) => name in touch);
}

function asked(from: URL | null): string | null | undefined {
  return from && SEARCHES.test(from.hostname) ? QUERIES.map((name) => from.searchParams.get(name)).find(Boolean) : null;
}

/** Without what stands behind "?": it may hold what is nobody's business (a token, an address). */
function bare(address: URL): string {
  return address.origin + address.pathname;
}

function parsed(address: string): URL | null {
  return URL.canParse(address) && /^https?:/.test(address) ? new URL(address) : null;
}

/** At most so many characters, and never half of one. */
function cut(words: string): string {
  return words.length > LONGEST ? words.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "") : words;
}

/** What was kept; whoever takes it reads it as a stranger's word, so it is only looked at for its shape. */
function read(storage: Kept | null): Touches | null {
  try {
    const told = JSON.parse(storage?.getItem(KEY) ?? "null") as Partial<Touches> | null;
    return told?.first?.["at"] && told.last?.["at"] ? (told as Touches) : null;
  } catch {
    return null;
  }
}
