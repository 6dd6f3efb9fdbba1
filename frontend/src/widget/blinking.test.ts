import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBlinking as make } from "./blinking.ts";

function makeBlinking() {
  const page = { title: "Shop", hidden: true };
  let task: (() => void) | null = null;
  const blinking = make(page, (given) => (task = given), () => (task = null));
  return { page, blinking, tick: () => task?.() };
}

test("the title alternates while the page is hidden, and is itself at the end", () => {
  const { page, blinking, tick } = makeBlinking();
  blinking(2);
  tick();
  assert.equal(page.title, "(2) Shop");
  tick();
  assert.equal(page.title, "Shop");
  tick();
  blinking(0);
  assert.equal(page.title, "Shop");
  tick();
  assert.equal(page.title, "Shop");
});

test("a title the page gave itself meanwhile is not lost", () => {
  const { page, blinking, tick } = makeBlinking();
  blinking(1);
  tick();
  page.title = "Cart";
  tick();
  assert.equal(page.title, "(1) Cart");
  blinking(3);
  assert.equal(page.title, "Cart");
  tick();
  assert.equal(page.title, "(3) Cart");
});

test("whoever looks at the page is not blinked at", () => {
  const { page, blinking, tick } = makeBlinking();
  page.hidden = false;
  blinking(1);
  tick();
  assert.equal(page.title, "Shop");
});
