import assert from "node:assert/strict";
import { test } from "node:test";
import { makeMessage, makeRow } from "./testing.ts";
import { answerable, answersSince, merge, pieces, refreshed, withGuesses } from "./timeline.ts";
import type { DialogPage, EventEntry, MessageEntry } from "./types.ts";

const day = (at: string) => at.slice(0, 10);

function page(ids: number[], before: string | null = null): DialogPage {
  return {
    dialog: makeRow(), timeline: ids.map((id) => makeMessage({ id, at: `2026-11-25T10:${String(id).padStart(2, "0")}:00Z` })), before, viewers: [],
    participants: [], drafts: { reply: null, comment: null }, upto: 1,
    customer: { id: 1, name: "Max", kind: "client", identities: [], phones: [], local_time_zone: null, first_seen_at: null, first_channel: "", first_contact_at: null, phone: "", email: "", company: "", search_query: "", fields: {}, dialogs: [], notes: "", sources: null },
  };
}

test("the server's word replaces our guess in the same place", () => {
  const guess = makeMessage({ id: -1, direction: "out", client_uuid: "c", state: null });
  const fact = makeMessage({ id: 7, direction: "out", client_uuid: "c", state: "held" });
  const merged = merge([guess], [fact]);
  assert.equal(merged.length, 1);
  assert.equal(merged[0]?.id, 7);
  assert.deepEqual(withGuesses([fact], [guess]), [fact]);
  assert.equal(withGuesses([], [guess]).length, 1);
});

test("a reply that is being taken back is seen no more", () => {
  const fact = makeMessage({ id: 7, direction: "out", client_uuid: "c", state: "held" });
  assert.deepEqual(withGuesses([fact, makeMessage({ id: 8 })], [], new Set(["c"])).map((entry) => entry.id), [8]);
});

test("what a colleague has answered since one began to write is told, and nothing else", () => {
  const answer = (id: number, author: number) => makeMessage({ id, direction: "out", author: { kind: "agent", id: author, name: "Ben" } });
  const entries = [answer(2, 5), makeMessage({ id: 4 }), answer(5, 1), answer(6, 5)];
  assert.deepEqual(answersSince(entries, 3, 1).map((entry) => entry.id), [6]);
  assert.deepEqual(answersSince(entries, null, 1), []);
});

test("entries stand by time, then by number", () => {
  const merged = merge([makeMessage({ id: 9 }), makeMessage({ id: 10 })], [makeMessage({ id: 2, at: "2026-11-25T09:00:00Z" })]);
  assert.deepEqual(merged.map((entry) => entry.id), [2, 9, 10]);
});

test("a new day gets its line, and the same voice its name once", () => {
  const found = pieces([
    makeMessage({ id: 1, at: "2026-11-24T10:00:00Z" }), makeMessage({ id: 2, at: "2026-11-25T10:00:00Z" }),
    makeMessage({ id: 3, at: "2026-11-25T10:02:00Z" }), makeMessage({ id: 4, at: "2026-11-25T10:03:00Z", direction: "out", author: { kind: "agent", id: 5, name: "Ann" } }),
    makeMessage({ id: 5, at: "2026-11-25T10:30:00Z", direction: "out", author: { kind: "agent", id: 5, name: "Ann" } }),
  ], day);
  assert.deepEqual(found.map((one) => one.day), [true, true, false, false, false]);
  assert.deepEqual(found.map((one) => one.joined), [false, false, true, false, false]);
});

test("tags put on in one go share a line", () => {
  const tagged = (id: string, minute: number, actor: number): EventEntry => ({
    type: "event", id, at: `2026-11-25T10:0${minute}:00Z`, kind: "dialog.tagged", actor: { id: actor, name: "Ann" }, cause: null, details: {},
  });
  const found = pieces([makeMessage({ at: "2026-11-25T09:00:00Z" }), tagged("e1", 0, 5), tagged("e2", 1, 5), tagged("e3", 1, 6), tagged("e4", 9, 6)], day);
  assert.deepEqual(found.map((one) => [one.key, one.more.map((event) => event.id)]), [["message1", []], ["e1", ["e2"]], ["e3", []], ["e4", []]]);
});

test("the letter to answer is the customer's last, not an automatic one after it", () => {
  const entries = [makeMessage({ id: 1 }), makeMessage({ id: 2, direction: "out" }), makeMessage({ id: 3, klass: "auto_reply" })];
  assert.equal(answerable(entries)?.id, 1);
  assert.equal(answerable([makeMessage({ id: 2, direction: "out" })])?.id, 2);
  assert.equal(answerable([]), null);
});

test("loading a dialog again keeps older pages that join on", () => {
  const old = { ...page([1, 2, 3, 4], "cursor") };
  assert.deepEqual(refreshed(old, page([3, 4, 5])).timeline.map((entry) => entry.id), [1, 2, 3, 4, 5]);
  assert.equal(refreshed(old, page([3, 4, 5])).before, "cursor");
  assert.deepEqual(refreshed(old, page([7, 8], "newer")).timeline.map((entry) => entry.id), [7, 8]);
});

test("what has not changed stays the very object it was", () => {
  const old = page([1, 2]);
  const loaded = page([1, 2, 3]);
  const [first, second] = loaded.timeline as MessageEntry[];
  const fresh = refreshed(old, { ...loaded, timeline: [first!, { ...second!, state: "sent" }, ...loaded.timeline.slice(2)] });
  assert.equal(fresh.timeline[0], old.timeline[0]);
  assert.notEqual(fresh.timeline[1], old.timeline[1]);
  const before = pieces(old.timeline, day);
  const after = pieces(fresh.timeline, day, before);
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
  assert.equal(after.length, 3);
});

test("a piece that another day or voice has come to stand above is drawn anew", () => {
  const entries = [makeMessage({ id: 2, at: "2026-11-25T10:02:00Z" })];
  const before = pieces(entries, day);
  assert.deepEqual(pieces([makeMessage({ id: 1, at: "2026-11-25T10:00:00Z" }), ...entries], day, before).map((one) => [one.day, one.joined]), [[true, false], [false, true]]);
});
