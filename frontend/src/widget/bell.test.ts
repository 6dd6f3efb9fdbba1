import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBell as make, type Socket } from "./bell.ts";
import { Timers } from "./testing.ts";
import type { Ring } from "./types.ts";

class Line implements Socket {
  sent: unknown[] = [];
  isClosed = false;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  send = (text: unknown) => void this.sent.push(JSON.parse(String(text)));
  close = () => (this.isClosed = true);
  opens = () => this.onopen?.call(this as unknown as WebSocket, new Event("open"));
  says = (ring: Ring) => this.onmessage?.call(this as unknown as WebSocket, new MessageEvent("message", { data: JSON.stringify(ring) }));
  breaks = () => this.onclose?.call(this as unknown as WebSocket, new CloseEvent("close"));
}

function makeBell() {
  const timers = new Timers();
  const lines: Line[] = [];
  const heard: Ring[] = [];
  const turns: boolean[] = [];
  const bell = make({
    connect: () => {
      lines.push(new Line());
      return lines.at(-1)!;
    },
    token: () => "secret", rang: (ring) => heard.push(ring), turned: (is) => turns.push(is), later: timers.later,
  });
  return { bell, timers, lines, heard, turns };
}

test("the token goes first, and what rings is heard", () => {
  const { bell, lines, heard, turns } = makeBell();
  bell.open();
  assert.ok(!bell.tell({ typing: 1 }));
  lines[0]!.opens();
  lines[0]!.says({ seq: 4, rev: 4 });
  assert.ok(bell.tell({ read: 4 }));
  assert.deepEqual(lines[0]!.sent, [{ token: "secret" }, { read: 4 }]);
  assert.deepEqual(heard, [{ seq: 4, rev: 4 }]);
  assert.deepEqual(turns, [true]);
});

test("a socket that broke is opened again, after ever longer pauses", async () => {
  const { bell, timers, lines } = makeBell();
  bell.open();
  for (let second = 0; second < 120; second += 1) {
    lines.at(-1)!.breaks();
    await timers.pass(1000);
  }
  assert.ok(lines.length >= 6 && lines.length <= 10, String(lines.length));
  await timers.pass(40_000);
  lines.at(-1)!.says({ t: 1 });
  lines.at(-1)!.breaks();
  const before = lines.length;
  await timers.pass(1500);
  assert.equal(lines.length, before + 1);
});

test("a socket that is silent is taken for broken", async () => {
  const { bell, timers, lines, turns } = makeBell();
  bell.open();
  for (let ping = 0; ping < 10; ping += 1) {
    lines[0]!.says({ t: 1 });
    await timers.pass(25_000);
  }
  assert.equal(lines.length, 1);
  await timers.pass(62_000);
  assert.equal(lines.length, 2);
  assert.ok(lines[0]!.isClosed);
  assert.deepEqual(turns, [true, false]);
});

test("a closed bell stays closed, whatever the old socket says", async () => {
  const { bell, timers, lines, heard } = makeBell();
  bell.open();
  bell.close();
  lines[0]!.says({ seq: 1 });
  lines[0]!.breaks();
  await timers.pass(100_000);
  assert.equal(lines.length, 1);
  assert.deepEqual(heard, []);
});

test("where sockets are forbidden it goes on without", async () => {
  const timers = new Timers();
  let tries = 0;
  const bell = make({
    connect: () => {
      tries += 1;
      throw new Error("SecurityError");
    },
    token: () => "", rang: () => {}, turned: () => {}, later: timers.later,
  });
  bell.open();
  await timers.pass(60_000);
  assert.ok(tries > 3 && tries < 9, String(tries));
  assert.equal(bell.isRinging(), false);
});
