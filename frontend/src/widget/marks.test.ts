import assert from "node:assert/strict";
import { test } from "node:test";
import { linked, type Piece } from "./linked.ts";
import { marks } from "./marks.ts";

function tags(pieces: Piece[]): string[] {
  return pieces.flatMap((piece) => (typeof piece === "string" ? [] : [piece.tag, ...tags(piece.inside)]));
}

test("the allowed marks come out, with their signs read", () => {
  assert.deepEqual(marks('Hi <b>Max</b>,<br>see <a href="https://shop.test/?a=1&amp;b=2">this &lt;b&gt;</a>'), [
    "Hi ",
    { tag: "b", inside: ["Max"] },
    ",\nsee ",
    { tag: "a", href: "https://shop.test/?a=1&b=2", inside: ["this <b>"] },
  ]);
});

test("anything else is only words", () => {
  const nasty = '<img src=x onerror=alert(1)><script>x</script><b onclick="x">a</b><svg/onload=x><style>*{}</style>';
  assert.deepEqual(tags(marks(nasty)), ["b"]);
  assert.equal(marks(nasty)[0], "<img src=x onerror=alert(1)><script>x</script>");
});

test("a link leads only where a link may lead", () => {
  for (const address of ["javascript:alert(1)", "jav&#x61;script:alert(1)", " JaVaScRiPt:x", "data:text/html,x", "//evil.test", "/settings", "&#106;avascript:x"]) {
    assert.deepEqual(marks(`<a href="${address}">x</a>`), [{ tag: "a", inside: ["x"] }], address);
  }
  assert.deepEqual(marks("<a title='x' href='mailto:a@b.test'>x</a>"), [{ tag: "a", href: "mailto:a@b.test", inside: ["x"] }]);
});

test("marks that are crossed, unclosed or too deep still make a tree", () => {
  assert.deepEqual(marks("<b>a<i>b</b>c</i></u>"), [{ tag: "b", inside: ["a", { tag: "i", inside: ["b"] }] }, "c"]);
  assert.equal(tags(marks("<b>".repeat(5000) + "x")).length, 8);
  assert.deepEqual(marks("1 < 2 &amp; 3 &bogus; &#0; &#x110000;"), ["1 < 2 & 3 &bogus;  "]);
});

test("addresses in plain words are links, without the full stop behind them", () => {
  assert.deepEqual(linked("See https://shop.test/a?b=1, or (http://x.test/y)."), [
    "See ",
    { tag: "a", href: "https://shop.test/a?b=1", inside: ["https://shop.test/a?b=1"] },
    ", or (",
    { tag: "a", href: "http://x.test/y", inside: ["http://x.test/y"] },
    ").",
  ]);
  assert.deepEqual(linked("<b>no</b> javascript:alert(1)"), ["<b>no</b> javascript:alert(1)"]);
});
