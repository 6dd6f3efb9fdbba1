/** The few marks a message may carry, read without a parser of the browser's: nothing but these can come out. */

import type { Mark, Piece } from "./linked.ts";

const TOKEN = /<(\/?)(b|i|u|s|a|code|pre|br)((?:\s[^<>]*)?)>|&(amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[\da-f]{1,6});/gi;
const SIGNS: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const DEEPEST = 8;

/** The marks of a message's `html`. What is no mark is words; what is not closed is closed at the end. */
export function marks(html: string): Piece[] {
  const top: Piece[] = [];
  const open: Mark[] = [];
  let at = 0;
  const put = (piece: Piece) => {
    const place = open.at(-1)?.inside ?? top;
    if (typeof piece === "string" && typeof place.at(-1) === "string") place.push(place.pop() + piece);
    else if (piece) place.push(piece);
  };
  for (const found of html.matchAll(TOKEN)) {
    put(html.slice(at, found.index));
    at = found.index + found[0].length;
    const tag = found[2]?.toLowerCase();
    if (!tag) put(sign(found[4]!));
    else if (tag === "br") put("\n");
    else if (found[1]) close(open, tag);
    else if (open.length < DEEPEST) {
      const mark: Mark = { tag, inside: [] };
      const href = tag === "a" ? safe(/\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(found[3]!)?.slice(1).join("")) : undefined;
      if (href) mark.href = href;
      put(mark);
      open.push(mark);
    }
  }
  put(html.slice(at));
  return top;
}

function close(open: Mark[], tag: string): void {
  const place = open.findLastIndex((mark) => mark.tag === tag);
  if (place >= 0) open.length = place;
}

function safe(address: string | undefined): string | undefined {
  const clear = address?.replace(TOKEN, (whole, _slash, _tag, _more, name: string | undefined) => (name ? sign(name) : whole)).trim();
  return clear && /^(https?:\/\/|mailto:|tel:)/i.test(clear) ? clear : undefined;
}

function sign(name: string): string {
  if (name[0] !== "#") return SIGNS[name.toLowerCase()] ?? "";
  const code = /x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : "";
}
