/** Which files of a letter go as links because it would be too big with them; as the server decides it. */

const LETTER_OF_ITS_OWN = 100_000;
const NEVER_LINKED = 100_000;

/** The places of those files: the biggest ones, until the rest fits. `above` 0: none ever. */
export function chosenForLinks(sizes: number[], above: number): Set<number> {
  const chosen = new Set<number>();
  if (above === 0) return chosen;
  let left = sizes.reduce((sum, size) => sum + encoded(size), 0);
  for (const place of sizes.map((_size, number) => number).sort((a, b) => sizes[b]! - sizes[a]!)) {
    if (left <= above - LETTER_OF_ITS_OWN || sizes[place]! <= NEVER_LINKED) break;
    chosen.add(place);
    left -= encoded(sizes[place]!);
  }
  return chosen;
}

/** Base64 in lines of 76. */
function encoded(size: number): number {
  const length = Math.ceil(size / 3) * 4;
  return length + Math.floor(length / 76) * 2;
}
