import assert from "node:assert/strict";
import { test } from "node:test";
import { moved } from "./counts.ts";
import { makeRow } from "./testing.ts";
import type { Counts } from "./types.ts";

const NOTHING = { count: 0, next_at: null, last_at: null };
const counts: Counts = {
  open: { all: 5, mine: 2, unassigned: 1 }, snoozed: { all: 100, mine: 0 }, channels: { 1: 3 }, tags: { 7: 1 },
  today: { completed: 4, first_answer_minutes: null }, returning: { all: NOTHING, mine: NOTHING },
};

test("completing takes the dialog out of every figure and counts for today", () => {
  const before = makeRow({ assignee_id: 5, tags: [7] });
  const after = moved(counts, before, { ...before, state: "completed" }, 5);
  assert.deepEqual(after.open, { all: 4, mine: 1, unassigned: 1 });
  assert.deepEqual(after.channels, { 1: 2 });
  assert.deepEqual(after.tags, { 7: 0 });
  assert.equal(after.today.completed, 5);
  assert.equal(counts.open.all, 5);
});

test("undoing it puts the figures back", () => {
  const before = makeRow({ assignee_id: 5, tags: [7] });
  const there = moved(counts, before, { ...before, state: "completed" }, 5);
  assert.deepEqual(moved(there, { ...before, state: "completed" }, before, 5), counts);
});

test("a figure beyond what the server counts to is left alone", () => {
  const before = makeRow();
  assert.equal(moved(counts, before, { ...before, state: "snoozed" }, 5).snoozed.all, 100);
});

test("taking a dialog moves it from nobody's to mine", () => {
  const before = makeRow();
  assert.deepEqual(moved(counts, before, { ...before, assignee_id: 5 }, 5).open, { all: 5, mine: 3, unassigned: 0 });
});
