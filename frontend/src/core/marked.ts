/** A chat message with its form: marks beside the text become elements inside each other. */

import { spans } from "./text.ts";
import type { Mark, Marked } from "./types.ts";

export type Piece = string | { kind: Mark["kind"]; href: string | null; inside: Piece[] };

const SAFE = /^(?:https?:\/\/|mailto:|tel:)/i;
const BLOCKS = new Set<Mark["kind"]>(["pre", "quote"]);
const LITERAL = new Set<Mark["kind"]>(["code", "pre", "link"]);

/** The text as elements, at most `longest` signs of it; marks that overlap are closed and opened again. */
export function formed({ text, marks }: Marked, longest = Infinity): Piece[] {
  const shown = text.slice(0, longest);
  const clean = marks
    .map((mark) => ({ ...mark, begin: Math.max(0, mark.begin), end: Math.min(mark.end, shown.length) }))
    .filter((mark) => mark.begin < mark.end && (mark.kind !== "link" || SAFE.test(mark.href ?? "")))
    .sort((a, b) => a.begin - b.begin || b.end - a.end);
  return within(shown, 0, shown.length, clean, false);
}

function within(text: string, begin: number, end: number, marks: Mark[], literal: boolean): Piece[] {
  const found: Piece[] = [];
  let at = begin;
  let rest = marks;
  while (rest.length > 0) {
    const [mark, ...others] = rest as [Mark, ...Mark[]];
    if (mark.begin > at) found.push(...plain(text.slice(at, mark.begin), literal));
    const inner = others.filter((other) => other.begin < mark.end);
    const inside = inner.map((other) => ({ ...other, end: Math.min(other.end, mark.end) }));
    found.push({ kind: mark.kind, href: mark.kind === "link" ? mark.href : null, inside: within(text, mark.begin, mark.end, inside, literal || LITERAL.has(mark.kind)) });
    at = mark.end;
    if (BLOCKS.has(mark.kind) && text[at] === "\n" && at < end) at += 1;
    const late = Math.max(at, mark.end);
    rest = others
      .filter((other) => other.end > late)
      .map((other) => ({ ...other, begin: Math.max(other.begin, late) }))
      .sort((a, b) => a.begin - b.begin || b.end - a.end);
  }
  return at < end ? [...found, ...plain(text.slice(at, end), literal)] : found;
}

/** Addresses that were only written lead somewhere, too. */
function plain(text: string, literal: boolean): Piece[] {
  if (literal) return [text];
  return spans(text).map((span) => (span.kind === "link" ? { kind: "link", href: span.href, inside: [span.text] } : span.text));
}
