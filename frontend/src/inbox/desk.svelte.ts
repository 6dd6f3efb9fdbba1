/** The agent's desk: everything the inbox shows, and the one place where the world's changes reach it. */

import { Api, ApiError, sentence } from "../core/api.ts";
import { Clock } from "../core/clock.ts";
import { moved } from "../core/counts.ts";
import { Drafts } from "../core/drafts.ts";
import { Feed, sameView, viewQuery } from "../core/feed.ts";
import { _, ngettext } from "../core/i18n.ts";
import { Keys } from "../core/keys.ts";
import { Log } from "../core/log.ts";
import { type Command, Outbox } from "../core/outbox.ts";
import { merge, newestMessage, refreshed, withGuesses } from "../core/timeline.ts";
import type {
  Agent, Channel, Counts, Customer, DialogPage, Done, Draft, Entry, EventItem, EventsAnswer, FeedPage, MessageEntry, Mode, Row, Start, Tag, Team, View,
} from "../core/types.ts";
import { commandTable } from "./commands.ts";
import { Layout } from "./layout.svelte.ts";
import { Notices } from "./notices.svelte.ts";
import { takeBack } from "./sending.ts";
import { Store } from "./store.ts";

/** A popup, the element it hangs on, and the dialogs it is about. */
export interface Popup {
  name: "snooze" | "assign" | "tags" | "palette" | "help" | "settings" | "new" | "filter" | "rail" | "more";
  ids: number[];
}

export interface Presence {
  id: number;
  typing: boolean;
}

/** Something newer came while a reply was written. */
export interface MovedOn {
  dialog: number;
  entries: Entry[];
  sendAnyway: () => void;
}

const OLD_COMMAND = 60 * 60_000;
const KEPT_PAGES = 40;
const READ_AFTER = 400;
const COUNTS_AFTER = 1500;

export class Desk {
  readonly me: Agent;
  readonly start: Start;
  readonly clock = new Clock();
  readonly notices = new Notices();
  readonly layout: Layout;
  readonly api: Api;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly log: Log;
  readonly keys: Keys;
  readonly zone: string;
  readonly mac = /Mac|iPhone|iPad/.test(navigator.platform);

  agents = $state.raw<Map<number, Agent>>(new Map());
  teams = $state.raw<Map<number, Team>>(new Map());
  channels = $state.raw<Map<number, Channel>>(new Map());
  tags = $state.raw<Map<number, Tag>>(new Map());
  counts = $state.raw<Counts>() as Counts;
  settings = $state.raw<Start["settings"]>() as Start["settings"];

  view = $state.raw<View>() as View;
  rows = $state.raw<Row[]>([]);
  hits = $state.raw<Record<string, string>>({});
  query = $state<string | null>(null);
  arrivals = $state(0);
  loading = $state(false);
  selected = $state.raw<ReadonlySet<number>>(new Set());

  openId = $state<number | null>(null);
  page = $state.raw<DialogPage | null>(null);
  missing = $state<string | null>(null);
  entries = $state.raw<Entry[]>([]);
  present = $state.raw<Presence[]>([]);
  mode = $state<Mode>("reply");
  /** Raised to bring the cursor into the composer. */
  summons = $state(0);
  /** Raised when the text of a draft has changed under the composer's feet: taken back, chosen, moved. */
  rewritten = $state(0);
  conflict = $state.raw<{ dialog: number; mode: Mode; theirs: Draft } | null>(null);
  movedOn = $state.raw<MovedOn | null>(null);
  /** A message the composer is asked to answer in some way. */
  about = $state.raw<{ kind: "quote" | "reply_all" | "forward" | "comment"; message: MessageEntry | null } | null>(null);

  popup = $state.raw<Popup | null>(null);
  connected = $state(true);
  waiting = $state(false);
  signedOut = $state(false);
  now = $state(Date.now());

  private csrf: string;
  private feeds = new Map<string, Feed>();
  private feed: Feed;
  private truth = new Map<number, Row>();
  private pages = new Map<number, DialogPage>();
  private stale = new Set<number>();
  private fetching = new Map<number, Promise<void>>();
  private timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Told where this agent looks; set by the live connection. */
  looking: (dialog: number | null) => void = () => {};
  typing: (dialog: number, mode: Mode) => void = () => {};

  constructor(start: Start) {
    this.start = start;
    this.me = start.me;
    this.csrf = start.csrf;
    this.zone = start.zone;
    this.clock.learn(start.server_time);
    this.now = this.clock.now();
    this.settings = start.settings;
    this.layout = new Layout(start.settings);
    this.api = new Api({
      fetch: (address, init) => fetch(address, init),
      csrf: () => this.csrf,
      signedOut: () => (this.signedOut = true),
    });
    this.store = new Store(start.me.id);
    this.outbox = this.makeOutbox();
    this.drafts = this.makeDrafts();
    this.log = new Log(start.upto, {
      ask: (after) => this.api.get<EventsAnswer>(`/api/events?after=${after}`),
      apply: (items) => this.apply(items),
      reset: () => this.reload(),
      schedule: (paint) => (document.hidden ? setTimeout(paint, 50) : requestAnimationFrame(paint)),
      later,
      heard: (time) => this.clock.learn(time),
    });
    this.keys = new Keys(() => this.commands, () => ({
      singleKeys: this.settings.single_keys, chosen: this.settings.keys ?? {}, mac: this.mac,
    }));
    this.take(start);
    this.feed = this.feedOf(start.view);
    this.view = start.view;
    this.learn(start.feed.rows);
    this.feed.load(this.seenPage(start.feed), true);
    this.show();
    setInterval(() => (this.now = this.clock.now()), 1000);
  }

  readonly commands = commandTable(this);

  /** Take up what an earlier page left behind: drafts at once, then commands. */
  async recover(): Promise<void> {
    this.drafts.restore(await this.store.drafts());
    if (this.openId !== null) this.rewritten += 1;
    const left = await this.store.leftBehind();
    const old = left.filter((command) => this.clock.now() - command.at > OLD_COMMAND);
    for (const command of old) {
      takeBack(this, command);
      void this.store.forgetCommand(command.id);
    }
    if (old.length > 0) this.notices.show(_("A reply written earlier was never sent. It is a draft again."), { stays: 12_000 });
    this.outbox.restore(left.filter((command) => !old.includes(command)));
  }

  // --- the feed ----------------------------------------------------------------------------------

  get feedTotal(): number | null {
    const { state, whose, channel, tag } = this.view;
    if (this.feed.next === null) return this.rows.length;
    if (channel !== null || tag !== null || state === "completed") return null;
    if (state === "snoozed") return whose === "mine" ? this.counts.snoozed.mine : this.counts.snoozed.all;
    if (whose === "mine" || whose === "unassigned") return this.counts.open[whose];
    return whose === "all" ? this.counts.open.all : null;
  }

  get complete(): boolean {
    return this.feed.next === null && !this.loading;
  }

  row(id: number): Row | undefined {
    const row = this.truth.get(id);
    return row && this.outbox.over(row);
  }

  /** The dialog on the desk, as the agent should see it. */
  get open(): Row | null {
    void this.rows;
    void this.page;
    return this.openId === null ? null : (this.row(this.openId) ?? null);
  }

  /** The dialogs a command is about: the selected ones, else the open one. */
  get targets(): number[] {
    return this.selected.size > 0 ? [...this.selected] : this.openId === null ? [] : [this.openId];
  }

  /** Is the list narrowed by more than the places in the rail? */
  get filtered(): boolean {
    const { state, whose, channel, tag } = this.view;
    const narrowed = [whose !== "all" && !(state === "open" && !whose.startsWith("agent:")), channel !== null, tag !== null].filter(Boolean).length;
    return narrowed > 1 || (narrowed === 1 && (state !== "open" || whose.startsWith("agent:")));
  }

  get availability(): Agent["availability"] {
    return this.agents.get(this.me.id)?.availability ?? this.me.availability;
  }

  /** A command's key, as caps to draw. */
  caps(id: string): string[] {
    const command = this.commands.find((one) => one.id === id);
    const key = command && this.keys.keysOf(command)[0];
    return key ? this.keys.draw(key) : [];
  }

  channelOf(row: Row): Channel | undefined {
    return this.channels.get(row.channel_id);
  }

  successor(id: number): Row | undefined {
    return this.feed.successor(id);
  }

  neighbour(step: number): Row | undefined {
    return this.feed.neighbour(this.openId, step);
  }

  /** Show another view: at once when it is known, and fresh from the server in any case. */
  go(view: Partial<View>): void {
    const next: View = { state: "open", whose: "all", channel: null, tag: null, ...view };
    this.query = null;
    this.hits = {};
    this.select([]);
    if (!sameView(next, this.view) || this.feed.view !== next) {
      this.view = next;
      const key = viewQuery(next).toString();
      const known = this.feeds.get(key);
      this.feed = known ?? this.feedOf(next);
      this.show();
      void this.fetchFeed(this.feed, known !== undefined);
    }
    this.layout.pane = "feed";
    this.address();
  }

  /** Look for words in all dialogs; the answer stands in the list's place. */
  async search(query: string): Promise<void> {
    this.query = query;
    this.select([]);
    this.loading = true;
    this.layout.pane = "feed";
    try {
      const page = await this.api.get<FeedPage>(`/api/search?q=${encodeURIComponent(query)}`);
      if (this.query !== query) return;
      this.learn(page.rows);
      this.hits = page.hits ?? {};
      this.rows = page.rows;
      this.notices.say(ngettext("{count} dialog found", "{count} dialogs found", page.rows.length));
    } catch (error) {
      this.notices.show(sentence(error), { tone: "danger" });
    } finally {
      this.loading = false;
    }
  }

  async more(): Promise<void> {
    const { feed } = this;
    if (feed.next === null || this.query !== null || this.timers.has("more")) return;
    this.timers.set("more", setTimeout(() => this.timers.delete("more"), 10_000));
    try {
      const page = await this.api.get<FeedPage>(`/api/feed?${viewQuery(feed.view)}&after=${encodeURIComponent(feed.next)}`);
      this.learn(page.rows);
      feed.load(this.seenPage(page), false);
      if (feed === this.feed) this.show();
    } catch {
      // the next scroll asks again
    } finally {
      clearTimeout(this.timers.get("more"));
      this.timers.delete("more");
    }
  }

  holdFeed(): void {
    if (this.layout.phone) return;
    this.feed.hold();
  }

  releaseFeed(): void {
    if (this.feed.release()) this.show();
  }

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids);
  }

  // --- the open dialog ----------------------------------------------------------------------------

  /** Put a dialog on the desk: from what was read ahead at once, and fresh when the agent stays on it. */
  openDialog(id: number | null, how: { push?: boolean; focus?: boolean } = {}): void {
    if (id !== this.openId) {
      this.openId = id;
      this.present = [];
      this.missing = null;
      this.movedOn = null;
      this.conflict = null;
      this.mode = this.start.roles.can_reply ? "reply" : "comment";
      this.page = id === null ? null : (this.pages.get(id) ?? null);
      this.showEntries();
      this.looking(id);
      this.address(how.push);
    }
    if (id === null) return;
    if (this.layout.phone) this.layout.pane = "dialog";
    const fresh = this.page !== null && !this.stale.has(id);
    this.after("fetch", fresh ? 0 : this.page ? 60 : 20, () => {
      if (this.openId !== id) return;
      void (fresh ? Promise.resolve() : this.fetchPage(id)).then(() => this.readAhead(id));
    });
    this.after("read", READ_AFTER, () => this.markRead(id));
  }

  closeDialog(): void {
    this.layout.pane = "feed";
    if (this.layout.phone) this.openDialog(null);
    else document.getElementById("feed")?.focus();
  }

  async older(): Promise<void> {
    const page = this.page;
    if (!page?.before) return;
    const id = page.dialog.id;
    const answer = await this.api.get<DialogPage>(`/api/dialogs/${id}?before=${encodeURIComponent(page.before)}`);
    const now = this.pages.get(id) ?? page;
    this.keep({ ...now, timeline: merge(answer.timeline, now.timeline), before: answer.before });
  }

  /** Fetch a dialog's page; one request at a time per dialog. */
  fetchPage(id: number): Promise<void> {
    const under = this.fetching.get(id);
    if (under) return under;
    this.stale.delete(id);
    const asked = this.clock.now();
    const task = this.api.get<DialogPage>(`/api/dialogs/${id}`).then(
      (page) => {
        this.learn([page.dialog]);
        this.keep({ ...refreshed(this.pages.get(id), page), as_of: asked });
      },
      (error: unknown) => {
        this.stale.add(id);
        if (this.openId !== id || this.page) return;
        if (error instanceof ApiError && !error.passing && !error.signedOut) this.missing = sentence(error);
        else this.after("fetch", 3000, () => void (this.openId === id && this.fetchPage(id)));
      },
    ).finally(() => {
      this.fetching.delete(id);
      if (this.stale.has(id) && this.openId === id && this.page) this.after("again", 150, () => void this.fetchPage(id));
    });
    this.fetching.set(id, task);
    return task;
  }

  /** A change that the server has told in an answer: an entry of this dialog. */
  learnEntry(id: number, entry: Entry): void {
    const page = this.pages.get(id);
    if (page) this.keep({ ...page, timeline: merge(page.timeline, [entry]) });
  }

  learnPage(id: number, change: Partial<DialogPage>): void {
    const page = this.pages.get(id);
    if (page) this.keep({ ...page, ...change });
  }

  pageOf(id: number): DialogPage | undefined {
    return this.pages.get(id);
  }

  // --- commands and drafts ------------------------------------------------------------------------

  write(mode: Mode): void {
    if (this.openId === null || (mode === "reply" && !this.start.roles.can_reply)) return;
    this.mode = mode;
    this.layout.pane = "dialog";
    this.summons += 1;
  }

  show(): void {
    if (this.query !== null) this.rows = this.rows.map((row) => this.row(row.id) ?? row);
    else this.rows = this.feed.shown;
    this.arrivals = this.feed.arrivals;
  }

  /** A row as it is now, brought to every list. `own` acts do not wait for the pointer to leave. */
  refreshRow(id: number, own: boolean): void {
    const row = this.row(id);
    if (!row) return;
    for (const feed of this.feeds.values()) feed.apply(row, own);
  }

  openPopup(name: Popup["name"], ids: number[] = this.targets): void {
    this.popup = this.popup?.name === name ? null : { name, ids };
  }

  closePopup(): void {
    this.popup = null;
  }

  /** The session is back: a new token, and all that waited may leave. */
  async signedInAgain(): Promise<boolean> {
    try {
      const start = await this.api.get<Start>("/api/start");
      if (start.me.id !== this.me.id) {
        location.reload();
        return false;
      }
      this.csrf = start.csrf;
      this.signedOut = false;
      this.outbox.resume();
      this.drafts.flush();
      void this.log.catchUp();
      return true;
    } catch {
      return false;
    }
  }

  refreshCounts(): void {
    this.after("counts", COUNTS_AFTER, () => {
      void this.api.get<Counts>("/api/counts").then((counts) => (this.counts = counts), () => undefined);
    });
  }

  adjustCounts(before: Row | undefined): void {
    const after = before && this.row(before.id);
    if (after) this.counts = moved(this.counts, before, after, this.me.id);
  }

  get token(): string {
    return this.csrf;
  }

  /** A broken connection may mean a session that has ended; then the answer says so. */
  async checkSession(): Promise<void> {
    if (this.timers.has("session")) return;
    this.after("session", 5000, () => undefined);
    await this.api.get("/api/me").catch(() => undefined);
  }

  /** A dialog the agent has just begun. */
  started(done: Done): void {
    this.learn([{ ...done.row, unread: false }]);
    this.refreshRow(done.row.id, true);
    this.show();
    this.refreshCounts();
    this.openDialog(done.row.id, { push: true });
    this.notices.show(_("The letter leaves in a moment."));
  }

  async changeCustomer(id: number, change: Partial<Pick<Customer, "name" | "notes" | "kind">>): Promise<void> {
    for (const page of this.pages.values()) if (page.customer.id === id) this.keep({ ...page, customer: { ...page.customer, ...change } });
    try {
      await this.api.ask("PATCH", `/api/customers/${id}`, change);
    } catch (error) {
      this.notices.show(sentence(error), { tone: "danger" });
    }
  }

  settleConflict(which: "mine" | "theirs"): void {
    if (!this.conflict) return;
    this.drafts.choose(this.conflict.dialog, this.conflict.mode, which);
    this.conflict = null;
    this.rewritten += 1;
  }

  // --- the world ----------------------------------------------------------------------------------

  private apply(items: EventItem[]): void {
    const touched = new Set<number>();
    for (const item of items) {
      const id = item.topic.startsWith("dialog:") ? Number(item.topic.slice(7)) : null;
      if (id !== null) {
        if (item.row) this.learnRow(item.row, item);
        touched.add(id);
      } else this.applyElsewhere(item);
    }
    for (const id of touched) {
      this.refreshRow(id, false);
      this.outdate(id);
    }
    if (touched.size > 0) {
      this.announce(items);
      this.show();
      this.refreshCounts();
    }
  }

  private applyElsewhere(item: EventItem): void {
    const noun = item.kind.split(".")[0];
    if (noun === "agent") this.after("agents", 200, () => void this.fetchAgents());
    if (noun === "tag") this.after("tags", 200, () => void this.fetchTags());
    if (noun === "channel" || noun === "settings") this.after("start", 200, () => void this.fetchStart());
    if (noun === "customer" && this.openId !== null) this.outdate(this.openId);
  }

  private learnRow(row: Row, item: EventItem): void {
    const known = this.truth.get(row.id);
    const watched = this.openId === row.id && !document.hidden && this.layout.sees("dialog");
    const unread = item.kind === "message.received" ? !watched : (known?.unread ?? false);
    this.truth.set(row.id, { ...row, unread });
  }

  /** New messages of other dialogs are counted, not read out; in the open one they are told. */
  private announce(items: EventItem[]): void {
    const received = items.filter((item) => item.kind === "message.received");
    const here = received.filter((item) => item.row?.id === this.openId);
    const there = received.length - here.length;
    if (here.length > 0) this.notices.say(_("New message from {name}", { name: here.at(-1)?.row?.customer.name ?? "" }));
    if (there > 0) this.notices.say(ngettext("{count} new message in other dialogs", "{count} new messages in other dialogs", there));
  }

  private outdate(id: number): void {
    if (this.openId === id) {
      this.stale.add(id);
      if (!this.fetching.has(id)) void this.fetchPage(id).then(() => this.after("read", READ_AFTER, () => this.markRead(id)));
    } else if (this.pages.has(id)) this.stale.add(id);
  }

  private async reload(): Promise<void> {
    const start = await this.api.get<Start>(`/api/start?${viewQuery(this.view)}`);
    this.csrf = start.csrf;
    this.take(start);
    this.feeds.clear();
    for (const id of this.pages.keys()) this.stale.add(id);
    this.feed = this.feedOf(this.view);
    this.learn(start.feed.rows);
    this.feed.load(this.seenPage(start.feed), true);
    this.show();
    if (this.openId !== null) void this.fetchPage(this.openId);
  }

  private take(start: Start): void {
    this.agents = byId(start.agents);
    this.teams = byId(start.teams);
    this.channels = byId(start.channels);
    this.counts = start.counts;
    this.tags = byId(start.tags);
  }

  private async fetchStart(): Promise<void> {
    this.take(await this.api.get<Start>(`/api/start?${viewQuery(this.view)}`));
  }

  private async fetchAgents(): Promise<void> {
    this.agents = byId((await this.api.get<{ agents: Agent[] }>("/api/agents")).agents);
  }

  async fetchTags(): Promise<void> {
    try {
      this.tags = byId((await this.api.get<{ tags: Tag[] }>("/api/tags")).tags);
    } catch {
      // tags are drawn by number until they come
    }
  }

  private async fetchFeed(feed: Feed, quiet: boolean): Promise<void> {
    const slow = setTimeout(() => (this.loading = !quiet), 150);
    try {
      const page = await this.api.get<FeedPage>(`/api/feed?${viewQuery(feed.view)}&limit=100`);
      this.learn(page.rows);
      feed.load(this.seenPage(page), true);
      if (feed === this.feed) this.show();
    } catch (error) {
      if (!quiet) this.notices.show(sentence(error), { tone: "danger" });
    } finally {
      clearTimeout(slow);
      this.loading = false;
    }
  }

  private feedOf(view: View): Feed {
    const key = viewQuery(view).toString();
    const feed = this.feeds.get(key) ?? new Feed(view, this.me.id);
    this.feeds.set(key, feed);
    if (this.feeds.size > 8) {
      const oldest = [...this.feeds.keys()].find((other) => other !== key);
      if (oldest !== undefined) this.feeds.delete(oldest);
    }
    return feed;
  }

  private learn(rows: Row[]): void {
    for (const row of rows) this.truth.set(row.id, { ...row, unread: row.unread ?? this.truth.get(row.id)?.unread ?? false });
  }

  private seenPage(page: FeedPage): FeedPage {
    return { ...page, rows: page.rows.map((row) => this.row(row.id) ?? row) };
  }

  private keep(page: DialogPage): void {
    const { id } = page.dialog;
    this.pages.delete(id);
    this.pages.set(id, page);
    if (this.pages.size > KEPT_PAGES) {
      const oldest = [...this.pages.keys()].find((other) => other !== this.openId);
      if (oldest !== undefined) this.pages.delete(oldest);
    }
    if (this.openId !== id) return;
    const first = this.page === null;
    this.page = page;
    this.showEntries();
    if (first) this.rewritten += 1;
  }

  private showEntries(): void {
    this.entries = this.page ? withGuesses(this.page.timeline, this.outbox.entries(this.page.dialog.id)) : [];
  }

  /** The next two dialogs are fetched while this one is read, so that E then paint needs no network. */
  private readAhead(id: number): void {
    for (const step of [1, 2]) {
      const next = this.feed.neighbour(id, step);
      if (next && next.id !== id && (!this.pages.has(next.id) || this.stale.has(next.id))) {
        this.after(`ahead${step}`, 120 * step, () => void this.fetchPage(next.id));
      }
    }
  }

  private markRead(id: number): void {
    const row = this.truth.get(id);
    const page = this.pages.get(id);
    if (this.openId !== id || document.hidden || !row?.unread || !page || !this.layout.sees("dialog")) return;
    this.truth.set(id, { ...row, unread: false });
    this.refreshRow(id, false);
    this.show();
    const message = newestMessage(page.timeline);
    if (message) void this.api.post(`/api/dialogs/${id}/read`, { message_id: message.id }).catch(() => undefined);
  }

  /** The page's address names the view and the dialog, so that a reload or a link shows the same. */
  private address(push = false): void {
    const path = this.openId === null ? "/inbox" : `/inbox/${this.openId}`;
    const target = `${path}?${viewQuery(this.view)}`;
    if (push && this.layout.phone) history.pushState({ dialog: this.openId }, "", target);
    else history.replaceState({ dialog: this.openId }, "", target);
  }

  private after(name: string, milliseconds: number, task: () => void): void {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => {
      this.timers.delete(name);
      task();
    }, milliseconds));
  }

  private makeOutbox(): Outbox {
    return new Outbox({
      send: (command) => this.api.ask<Done>(command.method, command.path, { ...command.body, command_id: command.id }),
      save: this.store.saveCommand, forget: this.store.forgetCommand,
      later, now: () => this.clock.now(), uuid: () => crypto.randomUUID(),
      changed: (dialog) => {
        this.refreshRow(dialog, true);
        this.show();
        if (this.openId === dialog) this.showEntries();
      },
      confirmed: (command, done) => this.confirmed(command, done),
      refused: (command, error) => this.refused(command, error),
      waiting: (waiting) => (this.waiting = waiting),
    });
  }

  private confirmed(command: Command, done: Done): void {
    if (done.row) this.learn([{ ...done.row, unread: this.truth.get(done.row.id)?.unread ?? false }]);
    if (done.entry) this.learnEntry(command.dialog, done.entry);
    this.answered(command, done);
    this.refreshCounts();
  }

  private refused(command: Command, error: ApiError): void {
    this.outdate(command.dialog);
    this.declined(command, error);
    this.refreshCounts();
  }

  /** What sending does with answers; set by sending.ts, so that the desk need not know letters. */
  answered: (command: Command, done: Done) => void = () => {};
  declined: (command: Command, error: ApiError) => void = (_command, error) => this.notices.show(sentence(error), { tone: "danger" });

  private makeDrafts(): Drafts {
    return new Drafts({
      save: (dialog, mode, { text, html, extra, revision }) =>
        this.api.ask("PUT", `/api/dialogs/${dialog}/drafts/${mode}`, { text, html, extra, revision }),
      discard: (dialog, mode) => this.api.ask("DELETE", `/api/dialogs/${dialog}/drafts/${mode}`),
      keep: this.store.keepDraft, forget: this.store.forgetDraft,
      later, now: () => this.clock.now(),
      conflict: (dialog, mode, theirs) => (this.conflict = { dialog, mode, theirs }),
    });
  }
}

function later(task: () => void, milliseconds: number): () => void {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
}

function byId<Thing extends { id: number }>(things: Thing[]): Map<number, Thing> {
  return new Map(things.map((thing) => [thing.id, thing]));
}
