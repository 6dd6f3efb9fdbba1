import assert from "node:assert/strict";
import { test } from "node:test";
import { parts, roughLines, shortened, spans } from "./text.ts";

function links(text: string): string[] {
  return spans(text).flatMap((span) => (span.kind === "link" ? [span.href] : []));
}

test("addresses become links without the signs around them", () => {
  assert.deepEqual(links("См. https://example.ru/a?b=1, и (www.example.com)."), ["https://example.ru/a?b=1", "https://www.example.com"]);
  assert.deepEqual(links("Пишите на help@shop.example!"), ["mailto:help@shop.example"]);
  assert.deepEqual(links("https://ru.wikipedia.org/wiki/Лента_(значения)"), ["https://ru.wikipedia.org/wiki/Лента_(значения)"]);
});

test("nothing but the web and mail is ever a link", () => {
  assert.deepEqual(links("javascript:alert(1) data:text/html,x file:///etc/passwd ftp://x"), []);
});

test("all of the text is still there", () => {
  const text = "a https://x.example/y. b @Олег c";
  assert.equal(spans(text, ["Олег"]).map((span) => span.text).join(""), text);
});

test("a colleague's name stands out, the beginning of another's does not", () => {
  const found = spans("@Олег Ким и @Олегович", ["Олег", "Олег Ким"]).filter((span) => span.kind === "mention");
  assert.deepEqual(found.map((span) => span.text), ["@Олег Ким"]);
});

test("a name full of signs breaks nothing", () => {
  assert.equal(spans("@(x)[", ["(x)["]).find((span) => span.kind === "mention")?.text, "@(x)[");
});

test("two megabytes are shown in part", () => {
  const { text, cut } = shortened("слово ".repeat(400_000));
  assert.ok(cut && text.length <= 20_000);
  assert.deepEqual(shortened("short"), { text: "short", cut: false });
  assert.equal(shortened("x".repeat(30_000)).text.length, 20_000);
});

test("a text in parts is the text, each part short, cut between lines where there are any", () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`).join("\n");
  assert.equal(parts(lines).join("\n"), lines);
  assert.ok(parts(lines).every((part) => part.length <= 10_000));
  const smiles = "🙂".repeat(20_000);
  assert.equal(parts(`x${smiles}`).join(""), `x${smiles}`);
  assert.ok(parts(`x${smiles}`).every((part) => !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(part)));
  assert.deepEqual(parts("short"), ["short"]);
});

test("a text that is written to take long takes no time", () => {
  const began = performance.now();
  for (const sign of ["a.", "a+", "@a", "a@a", "a@a.", "www.", "http://", "http://."]) spans(sign.repeat(20_000));
  spans(`http://${".".repeat(20_000)}a${")".repeat(20_000)}`);
  assert.ok(performance.now() - began < 2000);
});

test("a text's height is guessed by its lines", () => {
  assert.equal(roughLines("one\ntwo\n" + "x".repeat(200)), 5);
});
