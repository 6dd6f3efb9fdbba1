/** What a message is made of, and the addresses in plain words. */

export interface Mark {
  tag: string;
  href?: string;
  inside: Piece[];
}

export type Piece = string | Mark;

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]}'»”]/gi;

/** Plain words with the addresses in them made links. */
export function linked(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: href, index } of text.matchAll(ADDRESS)) {
    pieces.push(text.slice(at, index), { tag: "a", href, inside: [href] });
    at = index + href.length;
  }
  return [...pieces, text.slice(at)].filter((piece) => piece !== "");
}
