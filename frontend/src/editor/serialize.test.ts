import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "prosemirror-model";
import { linkOf, schemaFor } from "./schema.ts";
import { isFormed, mentionsIn, toHtml, toText } from "./serialize.ts";

const schema = schemaFor("full");
const p = (...content: (string | Node)[]) => schema.node("paragraph", null, content.map((one) => (typeof one === "string" ? schema.text(one) : one)));
const doc = (...blocks: Node[]) => schema.node("doc", null, blocks);
const li = (...blocks: Node[]) => schema.node("list_item", null, blocks);

test("paragraphs are lines, an empty one is an empty line", () => {
  assert.equal(toText(doc(p("One"), p(), p("Two"))), "One\n\nTwo");
  assert.equal(toHtml(doc(p("One"), p())), "<div>One</div><div><br></div>");
});

test("lists and quotes keep their signs as text", () => {
  const list = schema.node("ordered_list", { order: 3 }, [li(p("a"), p("b")), li(p("c"))]);
  assert.equal(toText(doc(list)), "3. a\n   b\n4. c");
  assert.equal(toText(doc(schema.node("bullet_list", null, [li(p("x"))]))), "• x");
  assert.equal(toText(doc(schema.node("blockquote", null, [p("said"), p("more")]))), "> said\n> more");
});

test("a link says where it goes unless its text does", () => {
  const link = (text: string, href: string) => schema.text(text, [schema.mark("link", { href })]);
  assert.equal(toText(doc(p(link("here", "https://example.ru/a")))), "here (https://example.ru/a)");
  assert.equal(toText(doc(p(link("example.ru", "https://example.ru/")))), "example.ru");
});

test("what is typed can never become markup", () => {
  assert.equal(toHtml(doc(p('<img src=x onerror="alert(1)">&'))), "<div>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;</div>");
  const link = schema.text("x", [schema.mark("link", { href: '"><script>' })]);
  assert.equal(toHtml(doc(p(link))), '<div><a href="&quot;&gt;&lt;script&gt;">x</a></div>');
});

test("marks nest the way they stand", () => {
  assert.equal(toHtml(doc(p(schema.text("x", [schema.mark("strong"), schema.mark("em")])))), "<div><strong><em>x</em></strong></div>");
});

test("plain words are told from form", () => {
  assert.ok(!isFormed(doc(p("a"), p("b"))));
  assert.ok(isFormed(doc(p(schema.text("a", [schema.mark("strong")])))));
  assert.ok(isFormed(doc(schema.node("bullet_list", null, [li(p("x"))]))));
});

test("colleagues named are found once", () => {
  const at = schema.node("mention", { id: 7, name: "Олег" });
  const written = doc(p(at, " и ", at));
  assert.deepEqual(mentionsIn(written), [7]);
  assert.equal(toText(written), "@Олег и @Олег");
});

test("links lead to the web, mail or a telephone and nowhere else", () => {
  assert.deepEqual(linkOf("example.ru/заказ"), { href: "https://example.ru/заказ" });
  assert.deepEqual(linkOf("max@example.com"), { href: "mailto:max@example.com" });
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc", "", "two words"]) assert.equal(linkOf(bad), false);
});

test("a channel without form has a schema without it", () => {
  assert.deepEqual(Object.keys(schemaFor("none").marks), []);
  assert.ok(!("bullet_list" in schemaFor("telegram").nodes));
  assert.ok("strong" in schemaFor("telegram").marks);
});
