/** The figures beside the views, moved at once by what the agent does and put right by the server later. */

import type { Counts, Row } from "./types.ts";

/** More than the server counts to; such a figure is not touched. */
const MANY = 99;

/** The counts after a dialog has gone from `before` to `after`. */
export function moved(counts: Counts, before: Row | undefined, after: Row, me: number): Counts {
  if (!before) return counts;
  const next: Counts = {
    ...counts, open: { ...counts.open }, snoozed: { ...counts.snoozed }, channels: { ...counts.channels },
    tags: { ...counts.tags }, today: { ...counts.today },
  };
  add(next, before, -1, me);
  add(next, after, 1, me);
  if (after.state === "completed" && before.state !== "completed") next.today.completed += 1;
  if (before.state === "completed" && after.state !== "completed") next.today.completed = Math.max(0, next.today.completed - 1);
  return next;
}

function add(counts: Counts, row: Row, by: number, me: number): void {
  if (row.spam || row.state === "completed") return;
  if (row.state === "snoozed") {
    counts.snoozed.all = step(counts.snoozed.all, by);
    if (row.assignee_id === me) counts.snoozed.mine = step(counts.snoozed.mine, by);
    return;
  }
  counts.open.all = step(counts.open.all, by);
  if (row.assignee_id === me) counts.open.mine = step(counts.open.mine, by);
  if (row.assignee_id === null) counts.open.unassigned = step(counts.open.unassigned, by);
  bump(counts.channels, row.channel_id, by);
  for (const tag of row.tags) bump(counts.tags, tag, by);
}

function bump(figures: Record<string, number>, key: number, by: number): void {
  figures[key] = step(figures[key] ?? 0, by);
}

function step(figure: number, by: number): number {
  return figure > MANY ? figure : Math.max(0, figure + by);
}
