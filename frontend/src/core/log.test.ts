import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "./log.ts";
import { makeFrame, makeItem, settled, Timers } from "./testing.ts";
import type { EventItem, EventsAnswer } from "./types.ts";

function setUp(answers: (EventsAnswer | Error)[] = []) {
  const timers = new Timers();
  const painted: number[][] = [];
  const heeded: number[][] = [];
  const asked: number[] = [];
  let paints: (() => void)[] = [];
  let resets = 0;
  const log = new Log(100, {
    ask: (after) => {
      asked.push(after);
      const answer = answers.shift() ?? { after, upto: after, items: [], server_time: "2026-11-25T10:00:00Z" };
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    heed: (items: EventItem[]) => heeded.push(items.map((item) => item.seq)),
    apply: (items: EventItem[]) => painted.push(items.map((item) => item.seq)),
    reset: () => {
      resets += 1;
    },
    schedule: (paint) => paints.push(paint),
    later: timers.later,
  });
  const paint = () => {
    const now = paints;
    paints = [];
    for (const one of now) one();
    return now.length;
  };
  return { log, painted, heeded, asked, paint, timers, resets: () => resets };
}

function missed(after: number, upto: number, seqs: number[]): EventsAnswer {
  return { after, upto, items: seqs.map((seq) => makeItem(seq)), server_time: "2026-11-25T10:00:00Z" };
}

test("a frame that joins on is applied at the next paint", () => {
  const { log, painted, paint } = setUp();
  log.frame(makeFrame(100, 102, [101, 102]));
  assert.deepEqual(painted, []);
  paint();
  assert.deepEqual(painted, [[101, 102]]);
  assert.equal(log.upto, 102);
});

test("what events outdate may be asked for before they are painted, once for each event", () => {
  const { log, painted, heeded } = setUp();
  log.frame(makeFrame(100, 102, [101, 102]));
  log.frame(makeFrame(80, 103, [102, 103], "agent:5"));
  assert.deepEqual(heeded, [[101, 102], [103]]);
  assert.deepEqual(painted, []);
});

test("a frame that was already held is dropped", () => {
  const { log, painted, paint } = setUp();
  log.frame(makeFrame(90, 100, [95]));
  log.frame(makeFrame(100, 101, [101]));
  log.frame(makeFrame(100, 101, [101]));
  paint();
  assert.deepEqual(painted, [[101]]);
});

test("an event that comes by two audiences is applied once", () => {
  const { log, painted, paint } = setUp();
  log.frame(makeFrame(100, 101, [101]));
  log.frame(makeFrame(80, 101, [101], "agent:5"));
  paint();
  assert.deepEqual(painted, [[101]]);
});

test("audiences have chains of their own: an event one may not see is no gap", () => {
  const { log, asked, painted, paint } = setUp();
  log.frame(makeFrame(100, 103, [103]));
  log.frame(makeFrame(60, 104, [104], "channel:3"));
  log.frame(makeFrame(103, 105, [105]));
  paint();
  assert.deepEqual(asked, []);
  assert.deepEqual(painted, [[103, 104, 105]]);
});

test("a gap asks the record and applies what was missed once", async () => {
  const { log, asked, painted, paint } = setUp([missed(100, 106, [101, 104, 106])]);
  log.frame(makeFrame(105, 106, [106]));
  await settled();
  paint();
  assert.equal(asked[0], 100);
  assert.deepEqual(painted.flat(), [101, 104, 106]);
  assert.equal(log.upto, 106);
});

test("frames that come while the record is asked wait and join on", async () => {
  const { log, painted, paint } = setUp([missed(100, 106, [101])]);
  log.frame(makeFrame(105, 106, []));
  log.frame(makeFrame(106, 107, [107]));
  await settled();
  paint();
  assert.deepEqual(painted.flat(), [101, 107]);
});

test("the record is asked from the least of all audiences", async () => {
  const { log, asked } = setUp();
  log.frame(makeFrame(100, 110, [110]));
  log.frame(makeFrame(100, 104, [104], "agent:5"));
  await log.catchUp();
  assert.equal(asked[0], 104);
});

test("an empty heartbeat that joins on moves the chain without a paint", () => {
  const { log, paint } = setUp();
  log.frame(makeFrame(100, 120, []));
  assert.equal(paint(), 0);
  assert.equal(log.upto, 120);
});

test("a heartbeat reveals that the last frame was lost", async () => {
  const { log, asked } = setUp();
  log.frame(makeFrame(103, 103, []));
  await settled();
  assert.deepEqual(asked, [100]);
});

test("a record that lags behind its announcements is asked again after a pause", async () => {
  const { log, asked, timers, painted, paint } = setUp([missed(100, 100, []), missed(100, 103, [102])]);
  log.frame(makeFrame(103, 104, [104]));
  await settled();
  assert.deepEqual(asked, [100]);
  await timers.pass(1000);
  paint();
  assert.deepEqual(painted.flat(), [102, 104]);
  assert.equal(log.upto, 104);
});

test("when too much was missed everything is loaded anew from there", async () => {
  const { log, resets, painted, paint } = setUp([{ reset: true, upto: 5000 }]);
  await log.catchUp();
  log.frame(makeFrame(4990, 5001, [5001]));
  paint();
  assert.equal(resets(), 1);
  assert.deepEqual(painted, [[5001]]);
});

test("no answer is asked for again, later and later", async () => {
  const { log, asked, timers } = setUp([new Error("offline"), new Error("offline"), missed(100, 101, [101])]);
  await log.catchUp();
  assert.equal(asked.length, 1);
  await timers.pass(1000);
  assert.equal(asked.length, 2);
  await timers.pass(1000);
  assert.equal(asked.length, 2);
  await timers.pass(1000);
  assert.ok(asked.length >= 3);
  assert.equal(log.upto, 101);
});

test("two hundred events at once are one paint", () => {
  const { log, painted, paint } = setUp();
  for (let seq = 101; seq <= 300; seq += 1) log.frame(makeFrame(seq - 1, seq, [seq]));
  assert.equal(paint(), 1);
  assert.equal(painted.length, 1);
  assert.equal(painted[0]?.length, 200);
});

test("a crowd is followed by a rest, so that a storm does not freeze the page", async () => {
  const { log, painted, paint, timers } = setUp();
  for (let seq = 101; seq <= 150; seq += 1) log.frame(makeFrame(seq - 1, seq, [seq]));
  paint();
  for (let seq = 151; seq <= 200; seq += 1) log.frame(makeFrame(seq - 1, seq, [seq]));
  assert.equal(paint(), 0);
  await timers.pass(500);
  paint();
  assert.deepEqual(painted.map((items) => items.length), [50, 50]);
});

test("events are applied in their order even when frames overtake each other", () => {
  const { log, painted, paint } = setUp();
  log.frame(makeFrame(100, 105, [105]));
  log.frame(makeFrame(100, 104, [102, 104], "agent:5"));
  paint();
  assert.deepEqual(painted, [[102, 104, 105]]);
});
