import assert from "node:assert/strict";
import { test } from "node:test";
import { captureTouches, LONGEST, type Page, touchOf } from "./touches.ts";

const SHOP = "https://shop.example/tea";

function page(change: Partial<Page> = {}): Page {
  return {
    href: SHOP, referrer: "", title: "Tea", language: "ru-RU", zone: "Asia/Omsk", at: "2027-03-10T09:00:00Z", ...change,
  };
}

function memory() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

test("a visit tells its marks, its clicks, its page and whence it came", () => {
  const href = `${SHOP}?utm_source=ya&utm_medium=cpc&utm_term=%D1%87%D0%B0%D0%B9&yclid=77&gclid=8&vkclid=9&id=secret`;
  assert.deepEqual(touchOf(page({ href, referrer: "https://blog.example/a?token=1" })), {
    utm_source: "ya", utm_medium: "cpc", utm_term: "чай", yclid: "77", gclid: "8", vkclid: "9",
    referrer: "https://blog.example/a", landing: SHOP, title: "Tea", locale: "ru-RU", zone: "Asia/Omsk",
    at: "2027-03-10T09:00:00Z",
  });
});

test("what somebody asked a search engine is told where it tells", () => {
  const asked = (referrer: string) => touchOf(page({ referrer }))["query"];
  assert.equal(asked("https://yandex.ru/search/?text=%D1%87%D0%B0%D0%B9+%D0%BE%D0%BC%D1%81%D0%BA"), "чай омск");
  assert.equal(asked("https://www.google.co.uk/search?q=tea"), "tea");
  assert.equal(asked("https://go.mail.ru/search?q=tea"), "tea");
  assert.equal(asked("https://search.yahoo.com/search?p=tea"), "tea");
  assert.equal(asked("https://www.google.com/"), undefined);
  assert.equal(asked("https://notgoogle.example/search?q=tea"), undefined);
});

test("the first touch stays and the last one follows", () => {
  const storage = memory();
  captureTouches(storage, page({ href: `${SHOP}?utm_source=one` }));
  const told = captureTouches(storage, page({ href: `${SHOP}?utm_source=two` }));
  assert.equal(told.first["utm_source"], "one");
  assert.equal(told.last["utm_source"], "two");
  assert.deepEqual(captureTouches(storage, page({ referrer: "https://shop.example/" })), told);
});

test("a click inside the site and an address typed in take no touch away", () => {
  const storage = memory();
  const told = captureTouches(storage, page({ referrer: "https://blog.example/" }));
  assert.deepEqual(captureTouches(storage, page({ referrer: SHOP, href: "https://shop.example/cart" })), told);
  assert.deepEqual(captureTouches(storage, page()), told);
});

test("nothing is longer than it may be, and no character is cut in two", () => {
  const title = "x".repeat(LONGEST - 1) + "🍵🍵";
  const told = touchOf(page({ title, href: `${SHOP}?utm_term=${"я".repeat(900)}` }));
  assert.equal(told["title"], "x".repeat(LONGEST - 1));
  assert.equal(told["utm_term"]?.length, LONGEST);
});

test("a storage that is full, forbidden or full of nonsense costs nothing but the memory", () => {
  const broken = { getItem: () => { throw new Error("no"); }, setItem: () => { throw new Error("full"); } };
  assert.equal(captureTouches(broken, page()).first["landing"], SHOP);
  assert.equal(captureTouches(null, page()).last["landing"], SHOP);
  for (const nonsense of ["", "{", "7", "null", "[]", '{"first":1}', '{"first":{"a":1},"last":{}}']) {
    const storage = memory();
    storage.kept.set("emptyfeed:touches", nonsense);
    assert.equal(captureTouches(storage, page()).first["landing"], SHOP);
  }
});

test("addresses that are none are left out", () => {
  const told = touchOf(page({ href: "javascript:alert(1)", referrer: "data:text/html,x" }));
  assert.deepEqual(Object.keys(told), ["title", "locale", "zone", "at"]);
});
