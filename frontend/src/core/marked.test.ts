import assert from "node:assert/strict";
import { test } from "node:test";
import { formed, type Piece } from "./marked.ts";
import type { Mark } from "./types.ts";

const mark = (kind: Mark["kind"], begin: number, end: number, href: string | null = null): Mark => ({ kind, begin, end, href });

/** The pieces as one line: <bold>words</>. */
function line(pieces: Piece[]): string {
  return pieces.map((one) => (typeof one === "string" ? one : `<${one.kind}${one.href ? ` ${one.href}` : ""}>${line(one.inside)}</>`)).join("");
}

test("marks inside each other become elements inside each other", () => {
  assert.equal(line(formed({ text: "one two three", marks: [mark("bold", 0, 7), mark("italic", 4, 7)] })), "<bold>one <italic>two</></> three");
});

test("marks that overlap are closed and opened again, and every sign is there once", () => {
  assert.equal(line(formed({ text: "abcdef", marks: [mark("bold", 0, 4), mark("italic", 2, 6)] })), "<bold>ab<italic>cd</></><italic>ef</>");
  assert.equal(line(formed({ text: "abcdef", marks: [mark("italic", 2, 6), mark("bold", 0, 4), mark("strike", 3, 5)] })), "<bold>ab<italic>c<strike>d</></></><italic><strike>e</>f</>");
});

test("a link leads to the web, to mail or to a telephone and nowhere else", () => {
  assert.equal(line(formed({ text: "here", marks: [mark("link", 0, 4, "https://shop.example/1")] })), "<link https://shop.example/1>here</>");
  for (const bad of ["javascript:alert(1)", " https://x", "data:text/html,x", "tg://user?id=1", "//x", "", null]) {
    assert.equal(line(formed({ text: "here", marks: [mark("link", 0, 4, bad)] })), "here");
  }
});

test("an address in bold words leads there, one in a link or in code does not", () => {
  assert.equal(line(formed({ text: "www.x.example", marks: [mark("bold", 0, 13)] })), "<bold><link https://www.x.example>www.x.example</></>");
  assert.equal(line(formed({ text: "www.x.example", marks: [mark("link", 0, 13, "https://y.example")] })), "<link https://y.example>www.x.example</>");
  assert.equal(line(formed({ text: "www.x.example", marks: [mark("code", 0, 13)] })), "<code>www.x.example</>");
});

test("what stands on lines of its own needs no line's end after it", () => {
  assert.equal(line(formed({ text: "a\nb\nc", marks: [mark("quote", 2, 3)] })), "a\n<quote>b</>c");
});

test("marks outside the text, and beyond what is shown of it, are no trouble", () => {
  assert.equal(line(formed({ text: "abc", marks: [mark("bold", -5, 2), mark("italic", 2, 90), mark("code", 9, 12), mark("bold", 2, 1)] })), "<bold>ab</><italic>c</>");
  assert.equal(line(formed({ text: "abcdef", marks: [mark("bold", 1, 6)] }, 3)), "a<bold>bc</>");
});

test("as many marks as can come take no time", () => {
  const marks = Array.from({ length: 200 }, (_, index) => mark("bold", index, 2000 - index));
  const began = performance.now();
  formed({ text: "x".repeat(2000), marks });
  formed({ text: "x".repeat(2000), marks: Array.from({ length: 200 }, (_, index) => mark("italic", index, index + 180)) });
  assert.ok(performance.now() - began < 2000);
});
