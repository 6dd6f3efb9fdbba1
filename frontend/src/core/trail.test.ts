import { test } from "node:test";
import assert from "node:assert/strict";
import { Timers } from "./testing.ts";
import { Trail } from "./trail.ts";

/** A browser's history with one entry, and what stands in its address bar. */
class Past {
  entries: { state: unknown; address: string }[] = [{ state: null, address: "/inbox" }];
  at = 0;

  get state(): unknown {
    return this.entries[this.at]?.state ?? null;
  }

  get addresses(): string[] {
    return this.entries.map((entry) => entry.address);
  }

  pushState(state: unknown, _title: string, address?: string | URL | null): void {
    this.entries = [...this.entries.slice(0, this.at + 1), { state, address: String(address) }];
    this.at += 1;
  }

  replaceState(state: unknown, _title: string, address?: string | URL | null): void {
    this.entries[this.at] = { state, address: String(address) };
  }

  back(): void {
    this.at = Math.max(0, this.at - 1);
  }
}

function made() {
  const timers = new Timers();
  const past = new Past();
  return { timers, past, trail: new Trail({ history: past, later: timers.later }) };
}

test("walking through a list leaves one entry, with the last dialog in it", async () => {
  const { timers, past, trail } = made();
  for (const id of [1, 2, 3]) trail.here(id, "whose=all");
  await timers.pass(200);
  assert.deepEqual(past.addresses, ["/inbox/3?whose=all"]);
  assert.equal(trail.dialog, 3);
});

test("what was shown before a step is told in its own entry, not in the next", async () => {
  const { timers, past, trail } = made();
  trail.here(null, "whose=mine");
  trail.step(7, "whose=mine");
  await timers.pass(500);
  assert.deepEqual(past.addresses, ["/inbox?whose=mine", "/inbox/7?whose=mine"]);
});

test("leaving a dialog undoes the step that led into it", async () => {
  const { timers, past, trail } = made();
  trail.step(7, "q");
  trail.here(8, "q");
  await timers.pass(200);
  assert.equal(trail.leave(), true);
  assert.deepEqual([past.at, trail.dialog], [0, null]);
});

test("a dialog that a link led to has no step to undo", async () => {
  const { timers, past, trail } = made();
  trail.here(7, "q");
  await timers.pass(200);
  assert.equal(trail.leave(), false);
  trail.here(null, "q");
  await timers.pass(200);
  assert.deepEqual(past.addresses, ["/inbox?q"]);
});

test("what waits to be written is not written where Back has led", async () => {
  const { timers, past, trail } = made();
  trail.step(7, "q");
  trail.here(8, "q");
  trail.leave();
  await timers.pass(500);
  assert.equal(past.entries[0]?.address, "/inbox");
});
