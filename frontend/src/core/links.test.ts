import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenForLinks } from "./links.ts";

const MB = 1_000_000;

test("the biggest files go as links until the rest fits", () => {
  assert.deepEqual(chosenForLinks([2 * MB, 12 * MB, 9 * MB], 25 * MB), new Set([1]));
  assert.deepEqual(chosenForLinks([40 * MB, 19 * MB, 1000], 25 * MB), new Set([0, 1]));
});

test("what fits goes along", () => {
  assert.deepEqual(chosenForLinks([8 * MB, 9 * MB], 25 * MB), new Set());
  assert.deepEqual(chosenForLinks([], 25 * MB), new Set());
});

test("a channel without links sends files or refuses them", () => {
  assert.deepEqual(chosenForLinks([90 * MB], 0), new Set());
});
