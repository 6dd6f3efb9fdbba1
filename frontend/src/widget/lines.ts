/**
 * What was said, as far as this visitor's browser knows it.
 *
 * The server numbers a visitor's lines without gaps. Lines may come in any order, repeated, from several
 * answers at once: shown is only the unbroken run, and a hole in it is a reason to ask.
 */

import type { Line } from "./types.ts";

export interface Log {
  /** Known without a gap: after `from`, up to `last`. */
  from: number;
  last: number;
  /** Changes of old lines are known up to this. */
  rev: number;
  known: ReadonlyMap<number, Line>;
}

/** Nothing is known yet; the first lines wanted come after `seq`. */
export function emptyLog(seq = 0): Log {
  return { from: seq, last: seq, rev: 0, known: new Map() };
}

/** The log with these lines in it; of two tellings of one line the later stays. */
export function take(log: Log, lines: readonly Line[], rev = log.rev): Log {
  const known = new Map(log.known);
  for (const line of lines) {
    if ((known.get(line.seq)?.rev ?? -1) <= line.rev) known.set(line.seq, line);
  }
  let { from, last } = log;
  while (known.has(from)) from -= 1;
  while (known.has(last + 1)) last += 1;
  return { from, last, rev: Math.max(log.rev, rev), known };
}

/** The unbroken run, oldest first. */
export function shown(log: Log): Line[] {
  return Array.from({ length: log.last - log.from }, (_, place) => log.known.get(log.from + 1 + place)!);
}

/** Whether something is known to be missing when the server stands at `seq` and `rev`. */
export function lacks(log: Log, seq = 0, rev = 0): boolean {
  return seq > log.last || rev > log.rev;
}

/** Whether the server has this visitor's message already. */
export function has(log: Log, clientId: string): boolean {
  return [...log.known.values()].some((line) => line.client_id === clientId);
}
