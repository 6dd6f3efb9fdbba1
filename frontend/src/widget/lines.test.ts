import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyLog, has, lacks, type Log, shown, take } from "./lines.ts";
import { makeLine, shuffled } from "./testing.ts";

const seqs = (log: Log) => shown(log).map((line) => line.seq);

test("in any order and any repetition the run is gapless and nothing stands twice", () => {
  for (let round = 0; round < 300; round += 1) {
    const count = 1 + (round % 12);
    const all = Array.from({ length: count }, (_, place) => makeLine(place + 1));
    let log = emptyLog();
    for (const line of shuffled([...all, ...all, ...all], round)) {
      log = take(log, [line]);
      assert.deepEqual(seqs(log), Array.from({ length: log.last }, (_, place) => place + 1));
    }
    assert.deepEqual(seqs(log), all.map((line) => line.seq));
    assert.ok(!lacks(log, count));
  }
});

test("what lies behind a hole waits and is missed", () => {
  const log = take(emptyLog(), [makeLine(1), makeLine(3)]);
  assert.deepEqual(seqs(log), [1]);
  assert.ok(lacks(log, 3));
  assert.deepEqual(seqs(take(log, [makeLine(2)])), [1, 2, 3]);
});

test("of two tellings of a line the later one stays, whichever came first", () => {
  const old = makeLine(1, { text: "Frday", rev: 1 });
  const mended = makeLine(1, { text: "Friday", rev: 4, edited: true });
  assert.equal(shown(take(take(emptyLog(), [old]), [mended]))[0]!.text, "Friday");
  assert.equal(shown(take(take(emptyLog(), [mended]), [old]))[0]!.text, "Friday");
});

test("a log that began late grows backwards too", () => {
  const late = take(emptyLog(7), [makeLine(8)]);
  assert.deepEqual(seqs(late), [8]);
  assert.deepEqual(seqs(take(late, [makeLine(5), makeLine(6), makeLine(7)])), [5, 6, 7, 8]);
});

test("a change that was not heard of is missed", () => {
  assert.ok(lacks(emptyLog(), 0, 1));
  assert.ok(!lacks(take(emptyLog(), [], 1), 0, 1));
  assert.equal(take(take(emptyLog(), [], 5), [], 3).rev, 5);
});

test("a message the server has is known by its own id, even behind a hole", () => {
  const log = take(emptyLog(), [makeLine(9, { client_id: "a" })]);
  assert.ok(has(log, "a"));
  assert.ok(!has(log, "b"));
});
