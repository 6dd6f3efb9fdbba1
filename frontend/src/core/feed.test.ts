import assert from "node:assert/strict";
import { test } from "node:test";
import { belongs, extended, Feed, scrollFor, viewQuery, windowOf } from "./feed.ts";
import { makeRow } from "./testing.ts";
import type { Row, View } from "./types.ts";

const ANN = 5;
const open: View = { state: "open", whose: "all", channel: null, tag: null, kind: null };

function at(minute: number): string {
  return `2026-11-25T10:${String(minute).padStart(2, "0")}:00Z`;
}

function feedOf(rows: Row[], view = open, next: string | null = null): Feed {
  const feed = new Feed(view, ANN);
  feed.load({ rows, next, upto: 1 }, true);
  return feed;
}

function ids(feed: Feed): number[] {
  return feed.shown.map((row) => row.id);
}

test("who waits longest stands first, and urgency before waiting", () => {
  const feed = feedOf([
    makeRow({ id: 1, feed_at: at(30) }), makeRow({ id: 2, feed_at: at(10) }),
    makeRow({ id: 3, feed_at: at(50), urgency: 10 }), makeRow({ id: 4, feed_at: at(1), urgency: -1 }),
  ]);
  assert.deepEqual(ids(feed), [3, 2, 1, 4]);
});

test("snoozed dialogs stand by their return, completed ones newest first", () => {
  const snoozed = { ...open, state: "snoozed" as const };
  assert.deepEqual(ids(feedOf([
    makeRow({ id: 1, state: "snoozed", snooze_until: at(40) }), makeRow({ id: 2, state: "snoozed", snooze_until: at(20) }),
  ], snoozed)), [2, 1]);
  const completed = { ...open, state: "completed" as const };
  assert.deepEqual(ids(feedOf([
    makeRow({ id: 1, state: "completed", completed_at: at(20) }), makeRow({ id: 2, state: "completed", completed_at: at(40) }),
  ], completed)), [2, 1]);
});

test("times with and without fractions of a second keep their order", () => {
  const feed = feedOf([
    makeRow({ id: 1, feed_at: "2026-11-25T10:00:00.500000Z" }), makeRow({ id: 2, feed_at: "2026-11-25T10:00:00Z" }),
  ]);
  assert.deepEqual(ids(feed), [2, 1]);
});

test("a view holds exactly what it says", () => {
  const mine = makeRow({ assignee_id: ANN, channel_id: 3, tags: [7] });
  assert.ok(belongs(mine, { ...open, whose: "mine" }, ANN));
  assert.ok(!belongs(mine, { ...open, whose: "unassigned" }, ANN));
  assert.ok(belongs(mine, { ...open, whose: "agent:5" }, ANN));
  assert.ok(!belongs(mine, { ...open, whose: "agent:6" }, ANN));
  assert.ok(belongs(mine, { ...open, channel: 3, tag: 7 }, ANN));
  assert.ok(!belongs(mine, { ...open, channel: 4 }, ANN));
  assert.ok(!belongs(mine, { ...open, tag: 8 }, ANN));
  assert.ok(!belongs(makeRow({ state: "snoozed" }), open, ANN));
  assert.ok(!belongs(makeRow({ spam: true }), open, ANN));
});

test("a dialog appears, moves and leaves as the world changes", () => {
  const feed = feedOf([makeRow({ id: 1, feed_at: at(10) }), makeRow({ id: 2, feed_at: at(20) })]);
  feed.apply(makeRow({ id: 3, feed_at: at(15) }));
  assert.deepEqual(ids(feed), [1, 3, 2]);
  feed.apply(makeRow({ id: 1, feed_at: at(30) }));
  assert.deepEqual(ids(feed), [3, 2, 1]);
  feed.apply(makeRow({ id: 2, state: "completed" }));
  assert.deepEqual(ids(feed), [3, 1]);
});

test("nothing moves while the pointer is over the list, and all of it when it leaves", () => {
  const feed = feedOf([makeRow({ id: 1, feed_at: at(10) }), makeRow({ id: 2, feed_at: at(20) })]);
  feed.hold();
  feed.apply(makeRow({ id: 3, feed_at: at(5) }));
  feed.apply(makeRow({ id: 4, feed_at: at(6) }));
  feed.apply(makeRow({ id: 1, state: "completed", preview: "Bye" }));
  assert.deepEqual(ids(feed), [1, 2]);
  assert.equal(feed.shown[0]?.preview, "Bye");
  assert.equal(feed.arrivals, 2);
  assert.ok(feed.release());
  assert.deepEqual(ids(feed), [3, 4, 2]);
  assert.equal(feed.arrivals, 0);
  assert.ok(!feed.release());
});

test("what came and went while the list was held leaves no trace", () => {
  const feed = feedOf([makeRow({ id: 1 })]);
  feed.hold();
  feed.apply(makeRow({ id: 2, feed_at: at(5) }));
  feed.apply(makeRow({ id: 2, state: "completed" }));
  assert.equal(feed.arrivals, 0);
  feed.release();
  assert.deepEqual(ids(feed), [1]);
});

test("the agent's own act takes the row away even while the list is held", () => {
  const feed = feedOf([makeRow({ id: 1 }), makeRow({ id: 2, feed_at: at(20) })]);
  feed.hold();
  assert.ok(feed.remove(1));
  assert.deepEqual(ids(feed), [2]);
});

test("a dialog past the last loaded page waits for its page", () => {
  const feed = feedOf([makeRow({ id: 1, feed_at: at(10) }), makeRow({ id: 2, feed_at: at(20) })], open, "more");
  feed.apply(makeRow({ id: 3, feed_at: at(40) }));
  assert.deepEqual(ids(feed), [1, 2]);
  feed.apply(makeRow({ id: 4, feed_at: at(15) }));
  assert.deepEqual(ids(feed), [1, 4, 2]);
  feed.load({ rows: [makeRow({ id: 3, feed_at: at(40) })], next: null, upto: 1 }, false);
  assert.deepEqual(ids(feed), [1, 4, 2, 3]);
});

test("focus goes to the next row, or the one before at the end", () => {
  const feed = feedOf([1, 2, 3].map((id) => makeRow({ id, feed_at: at(id) })));
  assert.equal(feed.successor(1)?.id, 2);
  assert.equal(feed.successor(3)?.id, 2);
  assert.equal(feed.neighbour(1, 1)?.id, 2);
  assert.equal(feed.neighbour(3, 1)?.id, 3);
  assert.equal(feed.neighbour(null, 1)?.id, 1);
  assert.equal(feed.neighbour(null, -1)?.id, 3);
});

test("ten thousand dialogs take two hundred changes well within a second", () => {
  const rows = Array.from({ length: 10_000 }, (_row, id) => makeRow({ id, feed_at: new Date(Date.UTC(2026, 10, 1) + id * 1000).toISOString() }));
  const feed = feedOf(rows);
  for (let id = 0; id < 200; id += 1) feed.apply({ ...(feed.get(id) as Row), feed_at: new Date(Date.UTC(2026, 11, 1) + id).toISOString() });
  assert.equal(feed.shown.length, 10_000);
  assert.equal(feed.shown.at(-1)?.id, 199);
});

test("only the rows near the window are drawn", () => {
  assert.deepEqual(windowOf(0, 760, 76, 10_000), { first: 0, last: 12 });
  assert.deepEqual(windowOf(7600, 760, 76, 10_000), { first: 98, last: 112 });
  assert.deepEqual(windowOf(0, 760, 76, 0), { first: 0, last: 0 });
  assert.deepEqual(windowOf(9e9, 760, 76, 20).last, 20);
});

test("scrolling goes just as far as needed", () => {
  assert.equal(scrollFor(0, 500, 760, 76), 0);
  assert.equal(scrollFor(12, 0, 760, 76), 13 * 76 - 760);
  assert.equal(scrollFor(5, 0, 760, 76), 0);
});

test("a selection grows away from where it began and shrinks back to it", () => {
  const order = [1, 2, 3, 4];
  let selected: ReadonlySet<number> = new Set([4]);
  for (const [from, to] of [[1, 2], [2, 3], [3, 2], [2, 1]] as const) selected = extended(selected, order, { began: 1, from, to });
  assert.deepEqual([...selected].sort(), [1, 4]);
  assert.deepEqual([...extended(new Set(), order, { began: 2, from: 2, to: 1 })].sort(), [1, 2]);
  assert.deepEqual([...extended(new Set([1, 2]), order, { began: 1, from: 2, to: 2 })].sort(), [1, 2]);
});

test("a view's address names what it shows", () => {
  assert.equal(viewQuery({ state: "open", whose: "mine", channel: 3, tag: null, kind: null }).toString(), "state=open&whose=mine&channel=3");
});
