/** The agent's desk: what the inbox knows, and the one place where the world's changes reach it. */

import { Api, type ApiError, sentence } from "../core/api.ts";
import { Clock } from "../core/clock.ts";
import { moved } from "../core/counts.ts";
import { Drafts, isEmpty } from "../core/drafts.ts";
import { viewQuery } from "../core/feed.ts";
import { _, ngettext } from "../core/i18n.ts";
import { Keys } from "../core/keys.ts";
import { Log } from "../core/log.ts";
import { type Command, Outbox } from "../core/outbox.ts";
import type { Agent, Channel, Counts, Customer, Done, EventItem, EventsAnswer, Identity, Mode, OwnField, Row, Settings, Signatures, Start, Tag, Team } from "../core/types.ts";
import { Trail } from "../core/trail.ts";
import { type CardWords, type Unsaved, UnsavedWords } from "../core/unsaved.ts";
import { painted } from "../ui/afterPaint.ts";
import type { Begun } from "./begun.ts";
import { Changes } from "./changes.svelte.ts";
import { commandTable } from "./commands.ts";
import { Composing } from "./composing.svelte.ts";
import { Layout } from "./layout.svelte.ts";
import { FeedList } from "./list.svelte.ts";
import { Notices } from "./notices.svelte.ts";
import { Reading } from "./reading.svelte.ts";
import { Store } from "./store.ts";
import { later, Timers } from "./timers.ts";
import { Tidings } from "./told.svelte.ts";
import { type Shelf, Uploads } from "./uploads.svelte.ts";
import { Truth } from "./truth.ts";

/** A popup and the dialogs it is about. */
export interface Popup {
  name: "snooze" | "assign" | "tags" | "palette" | "help" | "settings" | "new" | "filter" | "rail" | "more" | "told" | "same";
  ids: number[];
}

const COUNTS_AFTER = 1500;
const TOLD_AFTER = 800;

export class Desk {
  readonly me: Agent;
  readonly zone: string;
  readonly mac = /Mac|iPhone|iPad/.test(navigator.platform);

  agents = $state.raw<Map<number, Agent>>(new Map());
  teams = $state.raw<Map<number, Team>>(new Map());
  channels = $state.raw<Map<number, Channel>>(new Map());
  tags = $state.raw<Map<number, Tag>>(new Map());
  counts = $state.raw<Counts>() as Counts;
  settings = $state.raw<Settings>() as Settings;
  signatures = $state.raw<Signatures>() as Signatures;
  /** The fields the team added to its customers' cards, once they were asked for. */
  ownFields = $state.raw<OwnField[] | null>(null);
  /** By customer: what was written on a card and is not on the server yet. */
  unsaved = $state.raw<ReadonlyMap<number, Unsaved>>(new Map());
  /** Where this agent has begun to write, as "dialog:mode". */
  begunIn = $state.raw<ReadonlySet<string>>(new Set());
  /** Dialogs whose customer is writing just now. */
  writing = $state.raw<ReadonlySet<number>>(new Set());
  popup = $state.raw<Popup | null>(null);
  connected = $state(true);
  /** Commands wait for a connection. */
  waiting = $state(false);
  signedOut = $state(false);
  /** There is nothing here yet, and this agent may put the demonstration in. */
  demoOffer = $state(false);
  /** The server's time, each second. */
  now = $state(0);

  readonly clock = new Clock();
  readonly trail = new Trail({ history, later });
  readonly notices = new Notices();
  readonly layout: Layout;
  readonly api: Api;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly cards: UnsavedWords;
  readonly changes: Changes;
  /** New letters that were put aside, once one has been asked for. */
  begun: Begun | null = null;
  readonly log: Log;
  readonly keys: Keys;
  readonly truth = new Truth(() => this.outbox);
  readonly composing = new Composing(this);
  readonly reading = new Reading(this);
  readonly tidings = new Tidings(this);
  readonly uploads = new Uploads(this, (shelf) => this.keepFiles(shelf));
  readonly list: FeedList;
  readonly commands = commandTable(this);

  /** Told where this agent looks and writes; set by the live connection. */
  looking: (dialog: number | null) => void = () => {};
  typing: (dialog: number, mode: Mode) => void = () => {};
  /** What an answer to a reply or comment means; set by sending.ts, so that the desk need not know letters. */
  answered: (command: Command, done: Done) => void = () => {};
  declined: (command: Command, error: ApiError) => void = () => {};
  withdrawn: (command: Command) => void = () => {};

  private csrf: string;
  private timers = new Timers();

  constructor(readonly start: Start) {
    this.me = start.me;
    this.csrf = start.csrf;
    this.zone = start.zone;
    this.settings = start.settings;
    this.clock.learn(start.server_time);
    this.now = this.clock.now();
    setInterval(() => (this.now = this.clock.now()), 1000);
    this.layout = new Layout(start.settings);
    this.api = new Api({ fetch: (address, init) => fetch(address, init), csrf: () => this.csrf, offline: () => !navigator.onLine, signedOut: () => (this.signedOut = true) });
    this.store = new Store(start.me.id);
    this.outbox = this.makeOutbox();
    this.drafts = this.makeDrafts();
    this.cards = this.makeCards();
    this.changes = new Changes(this.store.keepChange, () => this.clock.now());
    this.log = this.makeLog(start.upto);
    this.keys = new Keys(() => this.commands, () => ({ singleKeys: this.settings.single_keys, chosen: this.settings.keys ?? {}, mac: this.mac }));
    this.take(start);
    this.begunIn = new Set(start.drafts);
    this.list = new FeedList(this, start.view, start.feed);
    this.tidings.renew(TOLD_AFTER);
  }

  get token(): string {
    return this.csrf;
  }

  get writer(): boolean {
    return this.start.roles.can_reply;
  }

  /** The dialogs a command is about: the selected ones, else the open one. */
  get targets(): number[] {
    const { selected } = this.list;
    return selected.size > 0 ? [...selected] : this.reading.id === null ? [] : [this.reading.id];
  }

  /** What is done now leaves later. */
  get offline(): boolean {
    return !this.connected || this.waiting;
  }

  get availability(): Agent["availability"] {
    return this.agents.get(this.me.id)?.availability ?? this.me.availability;
  }

  channelOf(row: Row): Channel | undefined {
    return this.channels.get(row.channel_id);
  }

  /** What will stand below a letter that is written on a channel, in a dialog of a team. */
  signatureOn(channel: Channel | undefined, team: number | null): string {
    if (!channel?.capabilities.signatures) return "";
    return (team === null ? undefined : this.signatures.teams[team]) ?? this.signatures.usual;
  }

  /** A command's key, as caps to draw. */
  caps(id: string): string[] {
    const command = this.commands.find((one) => one.id === id);
    const key = command && this.keys.keysOf(command)[0];
    return key ? this.keys.draw(key) : [];
  }

  openPopup(name: Popup["name"], ids: number[] = this.targets): void {
    this.popup = this.popup?.name === name ? null : { name, ids };
  }

  closePopup(): void {
    this.popup = null;
  }

  /** The page's address names the view and the dialog; on a phone a dialog is a step that Back undoes. */
  address(push = false): void {
    const { id } = this.reading;
    const query = viewQuery(this.list.view).toString();
    if (this.layout.phone && push) this.trail.step(id, query);
    else if (!this.layout.phone || id !== null || !this.trail.leave()) this.trail.here(id, query);
  }

  // --- what the agent did ---------------------------------------------------------------------------

  adjustCounts(before: Row): void {
    const after = this.truth.row(before.id);
    if (after) this.counts = moved(this.counts, before, after, this.me.id);
  }

  /** A dialog the agent has just begun. */
  started(done: Done): void {
    this.truth.learn([{ ...done.row, unread: false }]);
    this.list.refresh(done.row.id, true);
    this.list.show();
    this.refreshCounts();
    this.reading.open(done.row.id, { push: true });
  }

  async chooseKind(id: number, kind: Customer["kind"]): Promise<void> {
    this.reading.learnCustomer(id, { kind });
    try {
      await this.api.ask("PATCH", `/api/customers/${id}`, { kind });
    } catch (error) {
      this.notices.show(sentence(error), { tone: "danger" });
      if (this.reading.id !== null) this.reading.outdate(this.reading.id);
    }
  }

  async fetchFields(): Promise<void> {
    const { fields } = await this.api.get<{ fields: OwnField[] }>("/api/customer-fields").catch(() => ({ fields: [] }));
    this.ownFields = fields;
  }

  /** What comes from an address is kept apart from now on, or is listened to again. */
  async block(id: number, identity: Identity): Promise<void> {
    try {
      this.reading.learnCustomer(id, await this.api.ask<Customer>("POST", `/api/identities/${identity.id}/block`, { blocked: !identity.blocked }));
      this.notices.show(identity.blocked ? _("Unblocked") : _("Blocked: what comes from now on is kept apart."), {
        action: { label: _("Undo"), run: () => void this.block(id, { ...identity, blocked: !identity.blocked }) },
      });
    } catch (error) {
      this.notices.show(sentence(error), { tone: "danger" });
    }
  }

  // --- the session ------------------------------------------------------------------------------------

  /** A broken connection may mean a session that has ended; then the answer says so. */
  async checkSession(): Promise<void> {
    if (this.timers.has("session")) return;
    this.timers.after("session", 5000, () => undefined);
    await this.api.get("/api/me").catch(() => undefined);
  }

  /** The session is back: a new token, and all that waited may leave. */
  async signedInAgain(): Promise<boolean> {
    const start = await this.api.get<Start>("/api/start").catch(() => null);
    if (!start) return false;
    if (start.me.id !== this.me.id) {
      location.reload();
      return false;
    }
    this.csrf = start.csrf;
    this.signedOut = false;
    this.outbox.resume();
    this.drafts.flush();
    this.cards.resume();
    void this.log.catchUp();
    return true;
  }

  // --- the world ----------------------------------------------------------------------------------------

  /** The customer writes, as far as the last seconds tell. */
  hearWriting(dialog: number, writes = true): void {
    if (writes) this.timers.after(`writing${dialog}`, 6000, () => this.hearWriting(dialog, false));
    this.writing = writes ? new Set([...this.writing, dialog]) : new Set([...this.writing].filter((one) => one !== dialog));
  }

  /** The dialogs that have changed are asked for at once, so that the answer may come in time for the next paint. */
  private heed(items: EventItem[]): void {
    for (const id of new Set(items.map(dialogOf))) if (id !== null) this.reading.outdate(id);
  }

  private apply(items: EventItem[]): void {
    const touched = new Set<number>();
    for (const item of items) {
      if (item.kind.startsWith("notification.")) {
        this.tidings.renew();
        continue;
      }
      const id = dialogOf(item);
      if (id === null) this.applyElsewhere(item);
      else {
        if (item.row) this.truth.hear(item.row, item, this.reading.id === id && !document.hidden && this.layout.sees("dialog"));
        this.changes.hear(item);
        if (item.kind === "message.received") this.hearWriting(id, false);
        touched.add(id);
      }
    }
    for (const id of touched) this.list.refresh(id, false);
    if (touched.size === 0) return;
    this.announce(items);
    this.list.show();
    this.refreshCounts();
  }

  private applyElsewhere(item: EventItem): void {
    const noun = item.kind.split(".")[0];
    if (noun === "agent") this.timers.after("agents", 200, () => void this.fetchAgents());
    if (noun === "tag") this.timers.after("tags", 200, () => void this.fetchTags());
    if (noun === "channel" || noun === "settings" || noun === "team" || noun === "preferences") this.timers.after("start", 200, () => void this.fetchStart());
    if (noun === "settings") this.ownFields = null;
    if (noun === "customer" && this.reading.id !== null) this.reading.outdate(this.reading.id);
    if (noun === "demo") this.timers.after("demo", 200, () => void this.reload());
    if (item.kind === "demo.removed" && this.reading.page?.dialog.demo) this.reading.open(null);
  }

  /** New messages of other dialogs are counted, not read out; in the open one they are told. */
  private announce(items: EventItem[]): void {
    const received = items.filter((item) => item.kind === "message.received");
    const here = received.filter((item) => item.row?.id === this.reading.id);
    const there = received.length - here.length;
    if (here.length > 0) this.notices.say(_("New message from {name}", { name: here.at(-1)?.row?.customer.name ?? "" }));
    if (there > 0) this.notices.say(ngettext("{count} new message in other dialogs", "{count} new messages in other dialogs", there));
  }

  /** Too much was missed: everything anew, drafts and composer untouched. */
  private async reload(): Promise<void> {
    const start = await this.api.get<Start>(`/api/start?${viewQuery(this.list.view)}`);
    this.csrf = start.csrf;
    this.take(start);
    this.list.restart(start.feed);
    this.reading.outdateAll();
    this.tidings.renew();
  }

  private take(start: Start): void {
    this.agents = byId(start.agents);
    this.teams = byId(start.teams);
    this.channels = byId(start.channels);
    this.tags = byId(start.tags);
    this.counts = start.counts;
    this.signatures = start.signatures;
    this.demoOffer = start.demo_offer;
  }

  private async fetchStart(): Promise<void> {
    const start = await this.api.get<Start>(`/api/start?${viewQuery(this.list.view)}`).catch(() => null);
    if (start) this.take(start);
  }

  private async fetchAgents(): Promise<void> {
    const answer = await this.api.get<{ agents: Agent[] }>("/api/agents").catch(() => null);
    if (answer) this.agents = byId(answer.agents);
  }

  async fetchTags(): Promise<void> {
    const answer = await this.api.get<{ tags: Tag[] }>("/api/tags").catch(() => null);
    if (answer) this.tags = byId(answer.tags);
  }

  private refreshCounts(): void {
    this.timers.after("counts", COUNTS_AFTER, () => {
      void this.api.get<Counts>("/api/counts").then((counts) => (this.counts = counts), () => undefined);
    });
  }

  // --- wiring -------------------------------------------------------------------------------------------

  private makeLog(upto: number): Log {
    return new Log(upto, {
      ask: (after) => this.api.get<EventsAnswer>(`/api/events?after=${after}`),
      heed: (items) => this.heed(items),
      apply: (items) => this.apply(items),
      reset: () => this.reload(),
      schedule: (paint) => (document.hidden ? setTimeout(paint, 50) : requestAnimationFrame(paint)),
      later,
      heard: (time) => this.clock.learn(time),
    });
  }

  private makeOutbox(): Outbox {
    return new Outbox({
      send: async (command) => {
        await painted();
        return this.api.ask<Done>(command.method, command.path, { ...command.body, command_id: command.id });
      },
      save: this.store.saveCommand, forget: this.store.forgetCommand,
      later, now: () => this.clock.now(), uuid: () => crypto.randomUUID(),
      changed: (dialog) => {
        this.list.refresh(dialog, true);
        this.list.show();
        if (this.reading.id === dialog) this.reading.showEntries();
      },
      confirmed: (command, done) => {
        this.truth.learn([{ ...done.row, unread: undefined }]);
        if (done.entry) this.reading.learnEntry(command.dialog, done.entry);
        this.answered(command, done);
        this.refreshCounts();
      },
      refused: (command, error) => {
        this.reading.outdate(command.dialog);
        this.declined(command, error);
        this.refreshCounts();
      },
      withdrawn: (command) => this.withdrawn(command),
      waiting: (waiting) => (this.waiting = waiting),
    });
  }

  private makeDrafts(): Drafts {
    return new Drafts({
      save: (dialog, mode, { text, html, extra, revision }) =>
        this.api.ask("PUT", `/api/dialogs/${dialog}/drafts/${mode}`, { text, html, extra, revision }),
      discard: (dialog, mode) => this.api.ask("DELETE", `/api/dialogs/${dialog}/drafts/${mode}`),
      keep: (key, held) => (this.markBegun(key, !isEmpty(held)), this.store.keepDraft(key, held)),
      forget: (key) => (this.markBegun(key, false), this.store.forgetDraft(key)),
      later, now: () => this.clock.now(),
      waits: (dialog, mode) => mode === "reply" && this.outbox.takesBack(dialog),
      conflict: (dialog, mode, theirs) => this.composing.contest(dialog, mode, theirs),
    });
  }

  /** A dialog's row says that something unsent waits in it. */
  markBegun(key: string, begun: boolean): void {
    if (this.begunIn.has(key) !== begun) this.begunIn = new Set(begun ? [...this.begunIn, key] : [...this.begunIn].filter((one) => one !== key));
  }

  /** Files that have arrived are in the draft they were picked for, whatever is written just now. */
  private keepFiles(shelf: Shelf): void {
    const attachments = this.uploads.there(shelf);
    if (shelf === "new") return this.begun?.attach(attachments);
    const [dialog, mode] = shelf.split(":") as [string, Mode];
    const content = this.drafts.get(Number(dialog), mode);
    this.drafts.edit(Number(dialog), mode, { ...content, extra: { ...content.extra, attachments } });
  }

  private makeCards(): UnsavedWords {
    return new UnsavedWords({
      save: async (customer, words: CardWords) => {
        await this.api.ask("PATCH", `/api/customers/${customer}`, words);
        this.reading.learnCustomer(customer, words);
      },
      keep: this.store.keepCard,
      later, now: () => this.clock.now(),
      changed: (all) => (this.unsaved = all),
    });
  }
}

function dialogOf(item: EventItem): number | null {
  return item.topic.startsWith("dialog:") ? Number(item.topic.slice(7)) : null;
}

function byId<Thing extends { id: number }>(things: Thing[]): Map<number, Thing> {
  return new Map(things.map((thing) => [thing.id, thing]));
}
