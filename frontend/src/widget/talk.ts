/**
 * How the page and the frame speak to each other.
 *
 * Said is only to the origin that is meant; heard is only what comes from the other's window, from the
 * other's origin, with the nonce that nobody else was given.
 */

export interface Heard {
  origin: string;
  source: unknown;
  data: unknown;
}

type Other = Pick<Window, "postMessage"> | null | undefined;

/** Begins to listen, and answers with the way to say something. */
export function makeTalk<Said extends { nonce: string }, Answered extends { nonce: string }>(
  other: () => Other,
  origin: string,
  nonce: () => string,
  hear: (word: Answered) => void,
  listen: (heard: (event: Heard) => void) => void = (heard) => addEventListener("message", heard),
): (word: Omit<Said, "nonce">) => void {
  listen(({ origin: from, source, data }) => {
    const word = data as Answered | null;
    if (from === origin && source && source === other() && word?.nonce && word.nonce === nonce()) hear(word);
  });
  return (word) => other()?.postMessage({ ...word, nonce: nonce() }, origin);
}
