/** The dialog on the desk, and those read ahead. */

import { ApiError, sentence } from "../core/api.ts";
import { merge, newestMessage, refreshed, withGuesses } from "../core/timeline.ts";
import type { Customer, DialogPage, Entry, Row } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import { Timers } from "./timers.ts";

/** A colleague who looks at the same dialog. */
export interface Presence {
  id: number;
  typing: boolean;
}

const KEPT_PAGES = 40;
const READ_AFTER = 400;

export class Reading {
  id = $state<number | null>(null);
  page = $state.raw<DialogPage | null>(null);
  /** Why there is nothing to show. */
  missing = $state<string | null>(null);
  entries = $state.raw<Entry[]>([]);
  present = $state.raw<Presence[]>([]);
  /** The dialog that stood below this one when it was opened. An answer moves a row away; its reader goes on from where it was. */
  below: number | null = null;

  private pages = new Map<number, DialogPage>();
  private stale = new Set<number>();
  private marks = new Map<number, number>();
  private fetching = new Map<number, Promise<void>>();
  private timers = new Timers();

  constructor(private readonly desk: Desk) {}

  /** The dialog's row, as the agent should see it. */
  get row(): Row | null {
    void this.desk.list.rows;
    void this.page;
    return this.id === null ? null : (this.desk.truth.row(this.id) ?? null);
  }

  /** Put a dialog on the desk: from what was read ahead at once, and fresh when the agent stays on it. */
  open(id: number | null, how: { push?: boolean } = {}): void {
    if (id !== this.id) this.turnTo(id, how.push ?? false);
    if (id === null) return;
    if (this.desk.layout.phone) this.desk.layout.pane = "dialog";
    const fresh = this.page !== null && !this.stale.has(id);
    this.timers.after("fetch", fresh ? 0 : this.page ? 60 : 20, () => {
      if (this.id !== id) return;
      void (fresh ? Promise.resolve() : this.fetch(id)).then(() => this.readAhead(id));
    });
    this.readSoon(id);
  }

  /** The window is looked at again, and with it the open dialog. */
  seen(): void {
    if (this.id !== null) this.readSoon(this.id);
  }

  /** Back to the feed; on a screen with room the dialog stays where it is. */
  close(): void {
    this.desk.layout.pane = "feed";
    if (this.desk.layout.phone) this.open(null);
    else document.getElementById("feed")?.focus();
  }

  async older(): Promise<void> {
    const page = this.page;
    if (!page?.before) return;
    const { id } = page.dialog;
    const answer = await this.desk.api.get<DialogPage>(`/api/dialogs/${id}?before=${encodeURIComponent(page.before)}`);
    const now = this.pages.get(id) ?? page;
    this.keep({ ...now, timeline: merge(answer.timeline, now.timeline), before: answer.before, ours: [...(now.ours ?? []), ...(answer.ours ?? [])] });
  }

  /** What came in and has not been read; to be asked before it counts as read. */
  unread(): Entry[] {
    const { page, row } = this;
    if (!page || !row?.unread) return [];
    const upto = Math.max(page.dialog.read_upto ?? 0, this.marks.get(row.id) ?? 0);
    return this.entries.filter((entry) => entry.type === "message" && entry.direction === "in" && entry.id > upto);
  }

  pageOf(id: number): DialogPage | undefined {
    return this.pages.get(id);
  }

  /** An entry that an answer has told. */
  learnEntry(id: number, entry: Entry): void {
    const page = this.pages.get(id);
    if (page) this.keep({ ...page, timeline: merge(page.timeline, [entry]) });
  }

  learnPage(id: number, change: Partial<DialogPage>): void {
    const page = this.pages.get(id);
    if (page) this.keep({ ...page, ...change });
  }

  learnCustomer(id: number, change: Partial<Customer>): void {
    for (const page of [...this.pages.values()]) {
      if (page.customer.id === id) this.keep({ ...page, customer: { ...page.customer, ...change } });
    }
  }

  /** This dialog has changed: fetched anew when it is open, else when it is opened. */
  outdate(id: number): void {
    if (this.id === id) {
      this.stale.add(id);
      if (!this.fetching.has(id)) void this.fetch(id);
    } else if (this.pages.has(id)) this.stale.add(id);
  }

  /** Too much was missed: nothing that is kept can be trusted. */
  outdateAll(): void {
    for (const id of this.pages.keys()) this.stale.add(id);
    if (this.id !== null) void this.fetch(this.id);
  }

  /** Our own unconfirmed messages come and go; they are seen even where the rest could not be fetched. */
  showEntries(): void {
    this.entries = this.id === null ? [] : withGuesses(this.page?.timeline ?? [], this.desk.outbox.entries(this.id), this.desk.outbox.hidden(this.id));
  }

  private turnTo(id: number | null, push: boolean): void {
    this.id = id;
    this.below = (id === null ? undefined : this.desk.list.neighbour(id, 1)?.id) ?? null;
    this.present = [];
    this.missing = null;
    this.page = id === null ? null : (this.pages.get(id) ?? null);
    this.desk.composing.begin();
    this.showEntries();
    this.desk.looking(id);
    this.desk.address(push);
  }

  /** One request at a time per dialog; what changes meanwhile is asked for again after it. */
  private fetch(id: number): Promise<void> {
    const under = this.fetching.get(id);
    if (under) return under;
    this.stale.delete(id);
    const asked = this.desk.clock.now();
    const task = this.desk.api.get<DialogPage>(`/api/dialogs/${id}`).then(
      (page) => {
        this.desk.truth.learn([page.dialog]);
        this.keep({ ...refreshed(this.pages.get(id), page), as_of: asked });
        if (this.id === id) this.readSoon(id);
      },
      (error: unknown) => this.failed(id, error),
    ).finally(() => {
      this.fetching.delete(id);
      if (this.stale.has(id) && this.id === id && this.page) this.timers.after("again", 150, () => void this.fetch(id));
    });
    this.fetching.set(id, task);
    return task;
  }

  private failed(id: number, error: unknown): void {
    this.stale.add(id);
    if (this.id !== id || this.page) return;
    if (error instanceof ApiError && !error.passing && !error.signedOut) this.missing = sentence(error);
    else this.timers.after("fetch", 3000, () => void (this.id === id && this.fetch(id)));
  }

  private keep(page: DialogPage): void {
    const { id } = page.dialog;
    this.pages.delete(id);
    this.pages.set(id, page);
    if (this.pages.size > KEPT_PAGES) {
      const oldest = [...this.pages.keys()].find((other) => other !== this.id);
      if (oldest !== undefined) this.pages.delete(oldest);
    }
    if (this.id !== id) return;
    const first = this.page === null;
    this.page = page;
    this.showEntries();
    if (first) this.desk.composing.rewrite();
  }

  /** The next two dialogs are fetched while this one is read, so that E then paint needs no network. */
  private readAhead(id: number): void {
    for (const step of [1, 2]) {
      const next = this.desk.list.neighbour(id, step);
      if (next && next.id !== id && (!this.pages.has(next.id) || this.stale.has(next.id))) {
        this.timers.after(`ahead${step}`, 120 * step, () => void this.fetch(next.id));
      }
    }
  }

  private readSoon(id: number): void {
    this.timers.after("read", READ_AFTER, () => this.markRead(id));
  }

  private markRead(id: number): void {
    const page = this.pages.get(id);
    if (this.id === id && !page && !this.missing) return this.readSoon(id);
    if (this.id !== id || document.hidden || !page || !this.desk.layout.sees("dialog") || !this.desk.truth.read(id)) return;
    this.desk.list.refresh(id, false);
    this.desk.list.show();
    const message = newestMessage(page.timeline);
    if (!message) return;
    this.marks.set(id, message.id);
    void this.desk.api.post(`/api/dialogs/${id}/read`, { message_id: message.id }).catch(() => undefined);
  }
}
