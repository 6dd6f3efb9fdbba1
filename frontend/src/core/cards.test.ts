import { test } from "node:test";
import assert from "node:assert/strict";
import { drawn } from "./cards.ts";
import { setCatalogue } from "./i18n.ts";
import type { Card } from "./types.ts";

setCatalogue({ language: "en", forms: ["one", "other"], messages: {} });

function card(kind: string, change: Partial<Card> = {}): Card {
  return { kind, title: "", text: "", url: "", facts: {}, ...change };
}

test("a place leads to the map, a contact to the telephone", () => {
  assert.equal(drawn(card("location", { facts: { latitude: 55.75, longitude: 37.61 } })).href, "https://www.openstreetmap.org/?mlat=55.75&mlon=37.61#map=16/55.75/37.61");
  assert.equal(drawn(card("location", { facts: { latitude: "javascript:", longitude: 1 } })).href, null);
  const contact = drawn(card("contact", { facts: { name: "Max", phone: "+7 (900) 123-45-67", username: "max" } }));
  assert.deepEqual(contact, { title: "Max", lines: ["+7 (900) 123-45-67", "@max"], href: "tel:+79001234567" });
  assert.equal(drawn(card("contact", { facts: { phone: "call me" } })).href, null);
});

test("nothing but the web can be followed", () => {
  for (const url of ["javascript:alert(1)", "data:text/html,x", "//evil.example", "tel:1", " https://x.example y"]) assert.equal(drawn(card("link", { title: "x", url })).href, null);
  assert.equal(drawn(card("post", { url: "https://vk.com/wall-1_2" })).href, "https://vk.com/wall-1_2");
});

test("every kind has words, also one that nobody knows", () => {
  assert.deepEqual(drawn(card("poll", { title: "When?", facts: { options: ["Today", { text: "Tomorrow" }, null] } })).lines, ["• Today", "• Tomorrow"]);
  assert.deepEqual(drawn(card("call", { facts: { seconds: 125 } })).lines, ["2:05"]);
  assert.deepEqual(drawn(card("call")).lines, ["nobody answered"]);
  assert.equal(drawn(card("dice", { facts: { value: 6 } })).title, "🎲 6");
  assert.equal(drawn(card("button", { title: "Yes" })).title, "Pressed: Yes");
  assert.deepEqual(drawn(card("unsupported", { facts: { type: "paid_media" } })), { title: "Something that cannot be shown here", lines: ["paid_media"], href: null });
  assert.equal(drawn(card("hologram")).title, "Something that cannot be shown here");
});
