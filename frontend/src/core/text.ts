/** Plain text as it is shown: links that can be followed, mentions that stand out, and not more than the eye can take. */

export type Span = { kind: "text" | "mention"; text: string } | { kind: "link"; text: string; href: string };

// Lengths are bounded (RFC 5321, 4.5.3.1), or a text of nothing but dots would be read once for each of them.
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'«»]+|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/giu;
const TRAILING = new Set(".,:;!?…)]}»\"'");
const LONGEST = 20_000;
const PART = 10_000;

/** Cuts a text into what is drawn. `names` are those after an @. */
export function spans(text: string, names: string[] = []): Span[] {
  const found: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const whole = match[0];
    const address = trimmed(whole);
    if (match.index > from) found.push(...mentions(text.slice(from, match.index), names));
    found.push({ kind: "link", text: address, href: hrefOf(address) });
    from = match.index + address.length;
  }
  if (from < text.length) found.push(...mentions(text.slice(from), names));
  return found;
}

/** A very long text is cut between words; `cut` says whether there is more. */
export function shortened(text: string, longest = LONGEST): { text: string; cut: boolean } {
  if (text.length <= longest) return { text, cut: false };
  const edge = text.lastIndexOf(" ", longest);
  return { text: text.slice(0, edge > longest / 2 ? edge : longest), cut: true };
}

/** A text in parts that are laid out one by one, cut between lines where it can be: as a whole, megabytes take a minute. */
export function parts(text: string, longest = PART): string[] {
  const found: string[] = [];
  let from = 0;
  while (text.length - from > longest) {
    const line = text.lastIndexOf("\n", from + longest);
    const between = line > from;
    const to = between ? line : from + longest - (isHigh(text, from + longest - 1) ? 1 : 0);
    found.push(text.slice(from, to));
    from = between ? to + 1 : to;
  }
  return [...found, text.slice(from)];
}

/** How high a letter of this text will roughly stand, in lines; a frame cannot tell it. */
export function roughLines(text: string, perLine = 90): number {
  return text.slice(0, LONGEST).split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
}

function mentions(text: string, names: string[]): Span[] {
  if (names.length === 0 || !text.includes("@")) return [{ kind: "text", text }];
  const pattern = new RegExp(`@(?:${names.map(escaped).sort((a, b) => b.length - a.length).join("|")})(?![\\p{L}\\p{N}])`, "giu");
  const found: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) found.push({ kind: "text", text: text.slice(from, match.index) });
    found.push({ kind: "mention", text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ kind: "text", text: text.slice(from) });
  return found;
}

/** A full stop or bracket after an address is not part of it, unless the bracket was opened inside. */
function trimmed(address: string): string {
  let length = address.length;
  while (length > 0 && TRAILING.has(address[length - 1] as string)) length -= 1;
  let end = address.slice(0, length);
  const rest = address.slice(length);
  if (rest.startsWith(")") && end.includes("(")) end += ")";
  return end;
}

/** The first half of a sign that takes two. */
function isHigh(text: string, index: number): boolean {
  return /[\ud800-\udbff]/.test(text[index] ?? "");
}

function hrefOf(address: string): string {
  if (/^https?:/i.test(address)) return address;
  return address.toLowerCase().startsWith("www.") ? `https://${address}` : `mailto:${address}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
