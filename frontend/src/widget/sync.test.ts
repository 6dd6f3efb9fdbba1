import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyLog, shown, take } from "./lines.ts";
import { makeSync as make } from "./sync.ts";
import { makeLine, settled, Timers } from "./testing.ts";
import type { Line, Synced } from "./types.ts";

const PAGE = 3;

function makeSync() {
  const timers = new Timers();
  const it = { lines: [] as Line[], asked: 0, isDown: false, isRinging: true, log: emptyLog(), failed: 0 };
  const answer = (after: number): Synced => {
    const found = it.lines.filter((line) => line.seq > after);
    return {
      lines: found.slice(0, PAGE), changed: [], more: found.length > PAGE, seq: it.lines.length, rev: 0, read_seq: 0, agent_read_seq: 0,
      typing: null, hours: { open: true, opens_at: null },
    };
  };
  const sync = make({
    ask: async (after) => {
      it.asked += 1;
      await Promise.resolve();
      if (it.isDown) throw new Error("down");
      return answer(after);
    },
    log: () => it.log,
    took: (said) => (it.log = take(it.log, said.lines, said.rev)),
    failed: () => (it.failed += 1),
    isRinging: () => it.isRinging,
    later: timers.later,
  });
  const say = (count: number) => {
    for (let left = count; left > 0; left -= 1) it.lines.push(makeLine(it.lines.length + 1));
  };
  return { sync, it, timers, say, seqs: () => shown(it.log).map((line) => line.seq) };
}

test("everything is fetched, page by page", async () => {
  const { sync, it, say, seqs } = makeSync();
  say(8);
  sync.begin();
  await settled();
  assert.deepEqual(seqs(), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(it.asked, 3);
});

test("a ring about something unknown asks, one about what is known does not", async () => {
  const { sync, it, say, seqs } = makeSync();
  sync.begin();
  await settled();
  say(2);
  sync.rung(2);
  await settled();
  assert.deepEqual(seqs(), [1, 2]);
  const before = it.asked;
  sync.rung(2, 0);
  sync.rung();
  await settled();
  assert.equal(it.asked, before);
});

test("rings that come while it asks lead to one more question", async () => {
  const { sync, it, say, seqs } = makeSync();
  sync.begin();
  say(1);
  for (let ring = 0; ring < 5; ring += 1) sync.rung(9);
  await settled();
  assert.equal(it.asked, 2);
  assert.deepEqual(seqs(), [1]);
});

test("with a socket it asks every 45 seconds all the same", async () => {
  const { sync, it, timers } = makeSync();
  sync.begin();
  await timers.pass(44_000);
  assert.equal(it.asked, 1);
  await timers.pass(1000);
  assert.equal(it.asked, 2);
});

test("without a socket it asks often, ever less while nothing comes", async () => {
  const { sync, it, timers, say } = makeSync();
  it.isRinging = false;
  sync.begin();
  await timers.pass(60_000);
  assert.ok(it.asked >= 7 && it.asked <= 10, String(it.asked));
  say(1);
  sync.rung(1);
  await settled();
  const before = it.asked;
  await timers.pass(8000);
  assert.ok(it.asked - before >= 2);
});

test("a server that is away is asked again, and nothing is missed when it is back", async () => {
  const { sync, it, timers, say, seqs } = makeSync();
  it.isRinging = false;
  it.isDown = true;
  sync.begin();
  await timers.pass(120_000);
  say(4);
  it.isDown = false;
  await timers.pass(30_000);
  assert.deepEqual(seqs(), [1, 2, 3, 4]);
  assert.ok(it.failed < 12);
});

test("once ended it is silent", async () => {
  const { sync, it, timers } = makeSync();
  sync.begin();
  await settled();
  sync.end();
  sync.rung(7);
  await timers.pass(200_000);
  assert.equal(it.asked, 1);
  assert.equal(timers.count, 0);
});

test("an answer that promises more but brings nothing new ends the asking", async () => {
  const { sync, it } = makeSync();
  it.lines = [makeLine(5), makeLine(6), makeLine(7), makeLine(8)];
  sync.begin();
  await settled();
  assert.equal(it.asked, 1);
});
