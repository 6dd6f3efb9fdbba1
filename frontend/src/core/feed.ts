/** Which dialogs a view shows, in what order, and which of them are worth drawing. */

import type { FeedPage, Row, View } from "./types.ts";

/** Does this dialog stand in this view, seen by this agent? */
export function belongs(row: Row, view: View, me: number): boolean {
  if (row.state !== view.state || row.spam) return false;
  if (view.channel !== null && row.channel_id !== view.channel) return false;
  if (view.tag !== null && !row.tags.includes(view.tag)) return false;
  if (view.kind !== null && row.customer.kind !== view.kind) return false;
  if (view.whose === "all") return true;
  if (view.whose === "mine") return row.assignee_id === me;
  if (view.whose === "unassigned") return row.assignee_id === null;
  return row.assignee_id === Number(view.whose.slice("agent:".length));
}

/** The server's order, by the same fields: negative when a stands above b. */
export function compare(a: Row, b: Row, state: View["state"]): number {
  if (state === "open") return b.urgency - a.urgency || byTime(a.feed_at, b.feed_at) || a.id - b.id;
  if (state === "snoozed") return byTime(a.snooze_until, b.snooze_until) || a.id - b.id;
  return byTime(b.completed_at, a.completed_at) || b.id - a.id;
}

/** Same view? Two views are the same when they would show the same dialogs. */
/** A selection after a step from one row to the next: it grows away from where it began and shrinks back to it. */
export function extended(selected: ReadonlySet<number>, order: number[], step: { began: number; from: number; to: number }): Set<number> {
  const [began, from, to] = [step.began, step.from, step.to].map((id) => order.indexOf(id)) as [number, number, number];
  const found = new Set([...selected, step.began, step.from, step.to]);
  if (Math.abs(to - began) < Math.abs(from - began)) found.delete(step.from);
  return found;
}

export function sameView(a: View, b: View): boolean {
  return a.state === b.state && a.whose === b.whose && a.channel === b.channel && a.tag === b.tag && a.kind === b.kind;
}

/** The query string of a view, as the API and the page's own address write it. */
export function viewQuery(view: View): URLSearchParams {
  const query = new URLSearchParams({ state: view.state, whose: view.whose });
  if (view.channel !== null) query.set("channel", String(view.channel));
  if (view.tag !== null) query.set("tag", String(view.tag));
  if (view.kind !== null) query.set("kind", view.kind);
  return query;
}

/**
 * One view's dialogs, kept in order while the world changes.
 *
 * `shown` is what the reader sees. While the list is held (the pointer is over it) rows are
 * redrawn where they stand, and everything that would move one waits for `release`.
 */
export class Feed {
  shown: Row[] = [];
  next: string | null = null;
  private rows = new Map<number, Row>();
  private waiting = new Map<number, Row | null>();
  private held = false;

  constructor(
    readonly view: View,
    private readonly me: number,
  ) {}

  /** Take a page of the server's; a first page replaces what was there. */
  load(page: FeedPage, first: boolean): void {
    if (first) {
      this.rows.clear();
      this.waiting.clear();
    }
    for (const row of page.rows) if (belongs(row, this.view, this.me)) this.rows.set(row.id, row);
    this.next = page.next;
    this.rebuild();
  }

  /** A row as it now is, by the agent's `own` act or another's. Answers whether anything the reader sees has changed. */
  apply(row: Row, own = false): boolean {
    const known = this.rows.get(row.id);
    const wanted = belongs(row, this.view, this.me) && (known !== undefined || this.reaches(row));
    if (!wanted && !known) return this.waiting.delete(row.id);
    const moves = !wanted || !known || compare(known, row, this.view.state) !== 0;
    if (moves && this.held && !own) {
      this.waiting.set(row.id, wanted ? row : null);
      return known !== undefined && this.redraw(row);
    }
    this.waiting.delete(row.id);
    if (!moves) return this.redraw(row);
    if (known) this.take(row.id);
    if (wanted) this.put(row);
    return true;
  }

  /** The agent's own act: the row goes at once, held or not. */
  remove(id: number): boolean {
    this.waiting.delete(id);
    return this.take(id);
  }

  /** Rows stop moving until `release`. */
  hold(): void {
    this.held = true;
  }

  /** What waited takes its place. Answers whether anything moved. */
  release(): boolean {
    this.held = false;
    if (this.waiting.size === 0) return false;
    for (const [id, row] of this.waiting) {
      if (row) this.rows.set(id, row);
      else this.rows.delete(id);
    }
    this.waiting.clear();
    this.rebuild();
    return true;
  }

  /** How many dialogs wait for the pointer to leave before they appear. */
  get arrivals(): number {
    let count = 0;
    for (const [id, row] of this.waiting) if (row && !this.rows.has(id)) count += 1;
    return count;
  }

  has(id: number): boolean {
    return this.rows.has(id);
  }

  get(id: number): Row | undefined {
    return this.rows.get(id);
  }

  indexOf(id: number): number {
    const row = this.rows.get(id);
    if (!row) return -1;
    const index = this.place(row);
    return this.shown[index]?.id === id ? index : this.shown.findIndex((other) => other.id === id);
  }

  /** The dialog to go to from `id`: `step` places on, staying inside the list. */
  neighbour(id: number | null, step: number): Row | undefined {
    const index = id === null ? -1 : this.indexOf(id);
    if (index < 0) return this.shown[step > 0 ? 0 : this.shown.length - 1];
    return this.shown[Math.min(Math.max(index + step, 0), this.shown.length - 1)];
  }

  /** Where focus goes when `id` leaves: the next row, or the one before when it was the last. */
  successor(id: number): Row | undefined {
    const index = this.indexOf(id);
    return index < 0 ? this.shown[0] : (this.shown[index + 1] ?? this.shown[index - 1]);
  }

  /** A row past the last loaded page is not ours to place yet: its page will bring it. */
  private reaches(row: Row): boolean {
    const last = this.shown.at(-1);
    return this.next === null || (last !== undefined && compare(row, last, this.view.state) < 0);
  }

  private redraw(row: Row): boolean {
    const index = this.indexOf(row.id);
    if (index < 0) return false;
    this.rows.set(row.id, row);
    this.shown = this.shown.with(index, row);
    return true;
  }

  private take(id: number): boolean {
    const index = this.indexOf(id);
    if (index < 0) return false;
    this.rows.delete(id);
    this.shown = this.shown.toSpliced(index, 1);
    return true;
  }

  private put(row: Row): void {
    this.rows.set(row.id, row);
    this.shown = this.shown.toSpliced(this.place(row), 0, row);
  }

  private place(row: Row): number {
    let low = 0;
    let high = this.shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.shown[middle];
      if (other && compare(other, row, this.view.state) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private rebuild(): void {
    this.shown = [...this.rows.values()].sort((a, b) => compare(a, b, this.view.state));
  }
}

/** Which rows of a list of fixed height are worth drawing, and how far down the first one stands. */
export function windowOf(scrollTop: number, height: number, rowHeight: number, count: number, spare = 2): {
  first: number;
  last: number;
} {
  const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight) - spare, count - 1));
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first, last: Math.max(first, last) };
}

/** Where to scroll so that a row is wholly seen; the same place when it already is. */
export function scrollFor(index: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return scrollTop;
}

/** ISO texts of one length compare as they stand; with and without fractions they do not ("." < "Z"). */
function byTime(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (a.length === b.length) return a < b ? -1 : 1;
  return Date.parse(a) - Date.parse(b);
}
