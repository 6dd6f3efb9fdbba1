import assert from "node:assert/strict";
import { test } from "node:test";
import { setWords } from "./say.ts";
import { weight } from "./weight.ts";
import { day, initials } from "./words.ts";

const NOW = new Date(2026, 10, 25, 18, 0);

test("days near by have names, others dates", () => {
  setWords("ru", {});
  assert.equal(day(new Date(2026, 10, 25, 1, 0), NOW), "сегодня");
  assert.equal(day(new Date(2026, 10, 24, 23, 59), NOW), "вчера");
  assert.equal(day(new Date(2026, 10, 3), NOW), "3 ноября");
});

test("days ahead are told by how far they are", () => {
  setWords("en", {});
  assert.equal(day(new Date(2026, 10, 26, 9, 0), NOW), "tomorrow");
  assert.equal(day(new Date(2026, 10, 28, 9, 0), NOW), "in 3 days");
});

test("sizes and initials", () => {
  setWords("en", {});
  assert.equal(weight(0), "1 kB");
  assert.equal(weight(2_340_000), "2.3 MB");
  assert.equal(initials("ann maria smith"), "AM");
  assert.equal(initials("😀 x"), "😀X");
});
