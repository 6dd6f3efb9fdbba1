/** The widget's words in the reader's language. The build leaves numbers in the code, and a list travels with the page. */

type Words = Record<string | number, string>;

let words: Words = {};
let spoken = "en";

export function setWords(language: string, given: Words | string[]): void {
  spoken = language;
  words = given as Words;
}

export function language(): string {
  return spoken;
}

/** The translation, with {name} filled in from `values`. */
export function _(message: string, values: Record<string, string | number> = {}): string {
  return (words[message] ?? `${message}`).replace(/\{(\w+)\}/g, (whole, name: string) => `${values[name] ?? whole}`);
}
