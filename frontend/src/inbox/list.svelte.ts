/** The list of dialogs: which view, which rows, which of them are selected. */

import { ApiError, sentence } from "../core/api.ts";
import { extended, Feed, sameView, viewQuery } from "../core/feed.ts";
import { ngettext } from "../core/i18n.ts";
import type { FeedPage, Row, View } from "../core/types.ts";
import { fits } from "../ui/combo.ts";
import type { Desk } from "./desk.svelte.ts";
import { Timers } from "./timers.ts";

const KEPT_VIEWS = 8;
const SLOW = 150;

export class FeedList {
  view = $state.raw<View>() as View;
  rows = $state.raw<Row[]>([]);
  /** Words found in dialogs, while a search is shown. */
  hits = $state.raw<Record<string, string>>({});
  query = $state<string | null>(null);
  /** How many dialogs wait for the pointer to leave the list. */
  arrivals = $state(0);
  loading = $state(false);
  selected = $state.raw<ReadonlySet<number>>(new Set());

  private began: number | null = null;
  private feeds = new Map<string, Feed>();
  private feed: Feed;
  private timers = new Timers();

  constructor(private readonly desk: Desk, view: View, page: FeedPage) {
    this.view = view;
    this.feed = this.feedOf(view);
    this.fill(page);
  }

  /** How many dialogs the view has, or null when only the server could tell. */
  get total(): number | null {
    const { state, whose, channel, tag, kind } = this.view;
    const { open, snoozed } = this.desk.counts;
    if (this.feed.next === null) return this.rows.length;
    if (channel !== null || tag !== null || kind !== null || state === "completed") return null;
    if (state === "snoozed") return whose === "mine" ? snoozed.mine : whose === "all" ? snoozed.all : null;
    return whose === "mine" || whose === "unassigned" || whose === "all" ? open[whose] : null;
  }

  /** All of the view is here. */
  get whole(): boolean {
    void this.rows;
    return this.feed.next === null && !this.loading;
  }

  /** Is the list narrowed by more than one place of the rail? */
  get filtered(): boolean {
    const { state, whose, channel, tag, kind } = this.view;
    const narrowed = [whose !== "all", channel !== null, tag !== null, kind !== null].filter(Boolean).length;
    return kind !== null || narrowed > 1 || (narrowed === 1 && (state !== "open" || whose.startsWith("agent:")));
  }

  /** Show another view: at once when it is known, and fresh from the server in any case. */
  go(change: Partial<View>): void {
    const next: View = { state: "open", whose: "all", channel: null, tag: null, kind: null, ...change };
    const searched = this.query !== null;
    this.query = null;
    this.hits = {};
    this.select([]);
    if (searched || !sameView(next, this.view)) {
      this.view = next;
      const known = this.feeds.has(viewQuery(next).toString());
      this.feed = this.feedOf(next);
      this.show();
      void this.fetch(this.feed, known);
    }
    this.desk.layout.pane = "feed";
    this.desk.address();
  }

  /** Look for words in all dialogs; the answer stands in the list's place. */
  async search(query: string): Promise<void> {
    this.query = query;
    this.select([]);
    this.loading = true;
    this.desk.layout.pane = "feed";
    try {
      const page = await this.desk.api.get<FeedPage>(`/api/search?q=${encodeURIComponent(query)}`).catch((error: unknown) => this.searchHere(query, error));
      if (this.query !== query) return;
      this.desk.truth.learn(page.rows);
      this.hits = page.hits ?? {};
      this.rows = page.rows;
      this.desk.notices.say(ngettext("{count} dialog found", "{count} dialogs found", page.rows.length));
    } catch (error) {
      this.desk.notices.show(sentence(error), { tone: "danger" });
    } finally {
      this.loading = false;
    }
  }

  /** The next page, when the end of the list comes near. */
  async more(): Promise<void> {
    const { feed } = this;
    if (feed.next === null || this.query !== null || this.timers.has("more")) return;
    this.timers.after("more", 10_000, () => undefined);
    try {
      const page = await this.desk.api.get<FeedPage>(`/api/feed?${viewQuery(feed.view)}&after=${encodeURIComponent(feed.next)}`);
      this.desk.truth.learn(page.rows);
      feed.load(this.desk.truth.seen(page), false);
      if (feed === this.feed) this.show();
    } catch {
      // the next scroll asks again
    } finally {
      this.timers.stop("more");
    }
  }

  /** The pointer is over the list: nothing moves under it. */
  hold(): void {
    if (!this.desk.layout.phone) this.feed.hold();
  }

  release(): void {
    if (this.feed.release()) this.show();
  }

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids);
  }

  /** Select from one row to the next; back again, and it is let go. */
  extend(from: number, to: number): void {
    if (this.began === null || !this.selected.has(this.began)) this.began = from;
    this.selected = extended(this.selected, this.rows.map((row) => row.id), { began: this.began, from, to });
  }

  toggle(id: number): void {
    const now = new Set(this.selected);
    if (!now.delete(id)) now.add(id);
    this.selected = now;
  }

  /** The row some steps on from a dialog, in the list as it is shown. */
  neighbour(id: number | null, step: number): Row | undefined {
    if (this.query === null) return this.feed.neighbour(id, step);
    const index = this.rows.findIndex((row) => row.id === id);
    return this.rows[Math.min(Math.max(index + step, 0), this.rows.length - 1)];
  }

  /** A dialog as it is now, brought to every list. `own` acts do not wait for the pointer to leave. */
  refresh(id: number, own: boolean): void {
    const row = this.desk.truth.row(id);
    if (!row) return;
    for (const feed of this.feeds.values()) feed.apply(row, own);
  }

  /** Let the screen see what has changed. */
  show(): void {
    this.rows = this.query === null ? this.feed.shown : this.rows.map((row) => this.desk.truth.row(row.id) ?? row);
    this.arrivals = this.feed.arrivals;
  }

  /** Begin anew with a first page of the view, when too much was missed. */
  restart(page: FeedPage): void {
    this.feeds.clear();
    this.feed = this.feedOf(this.view);
    this.fill(page);
  }

  private fill(page: FeedPage): void {
    this.desk.truth.learn(page.rows);
    this.feed.load(this.desk.truth.seen(page), true);
    this.show();
  }

  private async fetch(feed: Feed, known: boolean): Promise<void> {
    const slow = setTimeout(() => (this.loading = !known), SLOW);
    try {
      const page = await this.desk.api.get<FeedPage>(`/api/feed?${viewQuery(feed.view)}&limit=100`);
      this.desk.truth.learn(page.rows);
      feed.load(this.desk.truth.seen(page), true);
      if (feed === this.feed) this.show();
    } catch (error) {
      if (!known) this.desk.notices.show(sentence(error), { tone: "danger" });
    } finally {
      clearTimeout(slow);
      this.loading = false;
    }
  }

  private feedOf(view: View): Feed {
    const key = viewQuery(view).toString();
    const feed = this.feeds.get(key) ?? new Feed(view, this.desk.me.id);
    this.feeds.delete(key);
    this.feeds.set(key, feed);
    if (this.feeds.size > KEPT_VIEWS) this.feeds.delete(this.feeds.keys().next().value ?? "");
    return feed;
  }

  /** A server without a search still lets one look through what is here. */
  private searchHere(query: string, error: unknown): FeedPage {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const rows = this.desk.truth.all().filter((row) => fits(`${row.customer.name} ${row.subject} ${row.preview}`, query));
    return { rows: rows.sort((a, b) => (a.last_message_at < b.last_message_at ? 1 : -1)), next: null, upto: 0 };
  }
}
