/** Makers for the widget's tests. */

import type { Line } from "./types.ts";

export { settled, Timers } from "../core/testing.ts";

export function makeLine(seq: number, change: Partial<Line> = {}): Line {
  return {
    seq, client_id: null, from: "agent", author: { name: "Ann" }, text: `Line ${seq}`, html: null, files: [],
    at: "2026-11-25T10:00:00Z", edited: false, deleted: false, rev: seq, ...change,
  };
}

/** The same order for the same seed. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  let state = seed + 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return all.map((one) => [random(), one] as const).sort(([a], [b]) => a - b).map(([, one]) => one);
}
