import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "./api.ts";
import { settled, Timers } from "./testing.ts";
import { type CardWords, type Unsaved, UnsavedWords } from "./unsaved.ts";

const AWAY = new ApiError(0, { code: "no_answer", message: "No connection." });
const ENDED = new ApiError(401, { code: "unauthorized", message: "Your session has ended." });
const MERGED = new ApiError(409, { code: "merged_meanwhile", message: "Somebody merged this card just now." });

function setUp() {
  const timers = new Timers();
  const sent: [number, CardWords][] = [];
  const kept = new Map<number, Unsaved>();
  let seen: ReadonlyMap<number, Unsaved> = new Map();
  let answer: () => Promise<void> = () => Promise.resolve();
  const unsaved = new UnsavedWords({
    save: (customer, words) => {
      sent.push([customer, words]);
      return answer();
    },
    keep: (customer, one) => Promise.resolve(void (one ? kept.set(customer, one) : kept.delete(customer))),
    later: timers.later, now: () => timers.now, changed: (all) => (seen = all),
  });
  return { unsaved, timers, sent, kept, seen: () => seen, answer: (next: typeof answer) => (answer = next) };
}

test("what is typed on one card is not lost when another is typed on at once", async () => {
  const { unsaved, timers, sent, seen } = setUp();
  unsaved.edit(1, { notes: "Likes tea" });
  await timers.pass(300);
  unsaved.edit(2, { notes: "Likes coffee" });
  await timers.pass(800);
  assert.deepEqual(sent, [[1, { notes: "Likes tea" }], [2, { notes: "Likes coffee" }]]);
  assert.equal(seen().size, 0);
});

test("a card that is left is saved without waiting for a pause", async () => {
  const { unsaved, sent } = setUp();
  unsaved.edit(1, { notes: "Likes tea" });
  unsaved.flush();
  await settled();
  assert.deepEqual(sent, [[1, { notes: "Likes tea" }]]);
});

test("words that could not be sent are shown with a sentence and sent again", async () => {
  const { unsaved, timers, sent, seen, kept, answer } = setUp();
  answer(() => Promise.reject(AWAY));
  unsaved.edit(1, { notes: "Likes tea" });
  await timers.pass(800);
  assert.equal(seen().get(1)?.words.notes, "Likes tea");
  assert.match(seen().get(1)?.fault ?? "", /No connection/);
  assert.equal(kept.get(1)?.words.notes, "Likes tea");
  answer(() => Promise.resolve());
  await timers.pass(5000);
  assert.equal(sent.length, 2);
  assert.equal(seen().size + kept.size, 0);
});

test("after signing in again they leave at once, not before", async () => {
  const { unsaved, timers, sent, seen, answer } = setUp();
  answer(() => Promise.reject(ENDED));
  unsaved.edit(1, { name: "Max Müller" }, 0);
  await timers.pass(60_000);
  assert.equal(sent.length, 1);
  answer(() => Promise.resolve());
  unsaved.resume();
  await settled();
  assert.deepEqual(sent[1], [1, { name: "Max Müller" }]);
  assert.equal(seen().size, 0);
});

test("a refusal keeps the words with its sentence until their writer does something", async () => {
  const { unsaved, timers, sent, seen, answer } = setUp();
  answer(() => Promise.reject(MERGED));
  unsaved.edit(1, { notes: "Likes tea" });
  await timers.pass(60_000);
  unsaved.resume();
  unsaved.flush();
  await settled();
  assert.equal(sent.length, 1);
  assert.equal(seen().get(1)?.words.notes, "Likes tea");
  assert.match(seen().get(1)?.fault ?? "", /^Somebody merged this card just now\./);
  answer(() => Promise.resolve());
  unsaved.again(1);
  await timers.pass(0);
  assert.equal(sent.length, 2);
  assert.equal(seen().size, 0);
});

test("what is typed while the words before are under way is sent after them", async () => {
  const { unsaved, timers, sent, seen, answer } = setUp();
  let arrive: () => void = () => {};
  answer(() => new Promise((resolve) => (arrive = resolve)));
  unsaved.edit(1, { name: "Max", notes: "Likes" });
  await timers.pass(800);
  unsaved.edit(1, { notes: "Likes tea" });
  arrive();
  await settled();
  answer(() => Promise.resolve());
  await timers.pass(800);
  assert.deepEqual(sent[1], [1, { notes: "Likes tea" }]);
  assert.equal(seen().size, 0);
});

test("words of an earlier page are sent, and old ones only shown", async () => {
  const { unsaved, timers, sent, seen } = setUp();
  const one = { words: { notes: "Likes tea" }, fault: null, refused: false };
  unsaved.restore([[1, { ...one, at: timers.now - 60_000 }], [2, { ...one, at: timers.now - 2 * 60 * 60_000 }]]);
  await timers.pass(10_000);
  assert.deepEqual(sent.map(([customer]) => customer), [1]);
  assert.deepEqual([...seen().keys()], [2]);
  assert.match(seen().get(2)?.fault ?? "", /never saved/);
});

test("words on a card that was merged stand below what the other card says, unsent", async () => {
  const { unsaved, timers, sent, seen, kept } = setUp();
  unsaved.edit(1, { notes: "Likes tea" });
  unsaved.moved(1, { id: 2, notes: "Pays late" });
  await timers.pass(10_000);
  assert.equal(sent.length, 0);
  assert.equal(seen().get(2)?.words.notes, "Pays late\n\nLikes tea");
  assert.notEqual(seen().get(2)?.fault, null);
  unsaved.drop(2);
  assert.equal(seen().size + kept.size, 0);
});
