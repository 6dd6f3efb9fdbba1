/** What is being written: words, recipients and files, for a reply, a comment or a new dialog. */

import type { Content } from "../core/drafts.ts";
import { _ } from "../core/i18n.ts";
import { forwardSubject, hasOthers, replySubject, replyTo, usuallyAll } from "../core/letter.ts";
import { answerable } from "../core/timeline.ts";
import type { Address, Capabilities, Draft, MessageEntry, Mode, Upload } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import type { Letter } from "./sending.ts";
import type { FileInHand, Shelf } from "./uploads.svelte.ts";

export type LetterKind = "reply" | "reply_all" | "forward";

export class Writing {
  text = $state("");
  html = $state.raw<string | null>(null);
  mentions = $state.raw<number[]>([]);
  to = $state.raw<Address[]>([]);
  cc = $state.raw<Address[]>([]);
  bcc = $state.raw<Address[]>([]);
  /** The agent chose the recipients; until then they are those of an ordinary answer, and named as such. */
  addressed = $state(false);
  subject = $state<string | null>(null);
  replyToId = $state<number | null>(null);
  quote = $state(false);
  signed = $state(true);
  kind = $state<LetterKind>("reply");
  /** The letter that is answered; its others make "reply to all" worth offering. */
  answered = $state.raw<MessageEntry | null>(null);
  /** The message that an answer in a chat points at, where the agent chose one. */
  pointed = $state.raw<MessageEntry | null>(null);
  private shelf = $state.raw<Shelf>("new");

  constructor(
    private readonly desk: Desk,
    private readonly capabilities: () => Capabilities | undefined,
    /** Something changed that a draft should keep. */
    private readonly changed: () => void,
  ) {}

  get files(): FileInHand[] {
    return this.desk.uploads.of(this.shelf);
  }

  get empty(): boolean {
    return this.text.trim() === "" && this.files.length === 0;
  }

  /** Why it cannot be sent right now; null when it can. */
  get obstacle(): string | null {
    if (this.files.some((file) => file.error)) return _("Remove the files that could not be uploaded.");
    if (this.files.some((file) => !file.upload)) return _("Files are still being uploaded.");
    if (this.empty) return _("Write something first.");
    const longest = this.capabilities()?.max_text;
    if (longest && this.text.length > longest) return _("The text is too long for this channel.");
    return null;
  }

  get others(): boolean {
    return this.answered !== null && hasOthers(this.answered, this.ours);
  }

  private get quotes(): boolean {
    const { row } = this.desk.reading;
    return row !== null && (this.desk.channelOf(row)?.quotes ?? false);
  }

  /** It would reach nobody; who is usually answered is known once the dialog is there, and to the server before. */
  get nobody(): boolean {
    return this.to.length === 0 && (this.addressed || this.desk.reading.page !== null);
  }

  /** Everybody who will read it. */
  get readers(): Address[] {
    return [...this.to, ...this.cc, ...this.bcc];
  }

  private get ours(): string[] {
    return this.desk.reading.page?.ours ?? [];
  }

  private get usualKind(): LetterKind {
    return this.answered && usuallyAll(this.answered, this.ours) ? "reply_all" : "reply";
  }

  /** Begin with a draft; recipients that it does not name are those of an ordinary answer. */
  load(content: Content | Draft, mode: Mode, entries: Parameters<typeof answerable>[0], dialog: number): void {
    this.text = content.text;
    this.html = content.html;
    const { extra } = content;
    this.mentions = extra.mentions ?? [];
    this.shelf = `${dialog}:${mode}`;
    this.desk.uploads.lay(this.shelf, extra.attachments ?? []);
    this.quote = extra.quote ?? this.quotes;
    this.signed = extra.signature ?? true;
    this.kind = "reply";
    this.pointed = null;
    if (mode === "comment") return;
    const chosen = entries.find((entry): entry is MessageEntry => entry.type === "message" && entry.id === extra.reply_to_message_id);
    this.answered = chosen ?? answerable(entries);
    if (!(this.capabilities()?.recipients ?? true)) {
      [this.pointed, this.replyToId] = [chosen ?? null, chosen?.id ?? null];
      return;
    }
    this.asUsual();
    this.replyToId = extra.reply_to_message_id ?? this.replyToId;
    if (extra.to === undefined) return;
    this.addressed = true;
    [this.to, this.cc, this.bcc] = [extra.to, extra.cc ?? [], extra.bcc ?? []];
    this.subject = extra.subject ?? null;
    this.kind = /^fwd:/i.test(this.subject ?? "") ? "forward" : this.others && this.cc.length > 0 ? "reply_all" : "reply";
  }

  /** A new letter, as it was left. */
  begin(letter: { to: Address[]; cc: Address[]; bcc: Address[]; subject: string; text: string; html: string | null; attachments: Upload[]; signed: boolean }): void {
    const { attachments, ...words } = letter;
    Object.assign(this, words);
    this.desk.uploads.lay(this.shelf, attachments);
  }

  /** A newer letter is answered from now on, where nothing is written yet. */
  follow(entries: Parameters<typeof answerable>[0]): void {
    if (!this.empty || this.addressed || this.pointed || !this.capabilities()?.recipients) return;
    this.answered = answerable(entries);
    this.asUsual();
  }

  /** An ordinary answer again, after a forward or where all were to read what usually one does. */
  answer(): void {
    if (this.kind !== "forward" && (this.kind !== "reply_all" || this.usualKind === "reply_all")) return;
    this.asUsual();
    this.quote = this.quotes;
    this.changed();
  }

  private asUsual(): void {
    this.kind = this.usualKind;
    this.addressed = false;
    const usual = this.answered ? replyTo(this.answered, this.kind === "reply_all", this.ours) : { to: [], cc: [] };
    [this.to, this.cc, this.bcc] = [usual.to.length > 0 ? usual.to : this.known(), usual.cc, []];
    this.subject = null;
    this.replyToId = this.answered?.id ?? null;
  }

  /** Answer, answer all, or pass on: `message` or the one that would be answered. */
  address(kind: LetterKind, message: MessageEntry | null = this.answered): void {
    if (!message) return;
    this.addressed = true;
    this.answered = message;
    this.kind = kind;
    this.replyToId = message.id;
    const subject = message.subject || (this.desk.reading.row?.subject ?? "");
    if (kind === "forward") {
      [this.to, this.cc, this.bcc] = [[], [], []];
      this.subject = forwardSubject(subject);
      this.quote = true;
    } else {
      const { to, cc } = replyTo(message, kind === "reply_all", this.ours);
      [this.to, this.cc] = [to, cc];
      this.subject = this.subject === null ? null : replySubject(subject);
      this.quote = this.quotes;
    }
    this.changed();
  }

  /** In a chat: let the answer point at this message, or at none. */
  point(message: MessageEntry | null): void {
    this.pointed = message;
    this.replyToId = message?.id ?? null;
    this.changed();
  }

  /** What of it belongs into a draft. */
  content(mode: Mode): Content {
    const attachments = this.uploads();
    const common = { ...(attachments.length > 0 && { attachments }) };
    if (mode === "comment") return { text: this.text, html: this.html, extra: { ...common, ...(this.mentions.length > 0 && { mentions: this.mentions }) } };
    const unsigned = this.signed ? {} : { signature: false };
    const letter = this.addressed && this.capabilities()?.recipients
      ? { to: this.to, cc: this.cc, bcc: this.bcc, subject: this.subject, reply_to_message_id: this.replyToId, quote: this.quote }
      : this.pointed ? { reply_to_message_id: this.pointed.id } : {};
    return { text: this.text, html: this.html, extra: { ...common, ...unsigned, ...letter } };
  }

  letter(): Letter {
    const named = (this.capabilities()?.recipients ?? false) && (this.addressed || this.desk.reading.page !== null);
    return {
      ...this.content("reply"), to: named ? this.to : null, cc: named ? this.cc : null, bcc: named ? this.bcc : [], subject: named ? this.subject : null,
      reply_to_message_id: this.replyToId, attachments: this.uploads(), quote: this.quote, signed: this.signed,
      points_at: this.pointed && { id: this.pointed.id, author: this.pointed.author.name, text: (this.pointed.visible_text ?? this.pointed.text).slice(0, 160) },
    };
  }

  /** Recipients as typed. */
  choose(change: Partial<Pick<Writing, "to" | "cc" | "bcc" | "subject" | "quote">>): void {
    this.addressed = true;
    Object.assign(this, change);
    this.changed();
  }

  sign(signed: boolean): void {
    this.signed = signed;
    this.changed();
  }

  uploads(): Upload[] {
    return this.desk.uploads.there(this.shelf);
  }

  add(files: Iterable<File>): void {
    this.desk.uploads.add(this.shelf, files, this.capabilities());
  }

  retry(key: string): void {
    this.desk.uploads.retry(this.shelf, key);
  }

  drop(key: string): void {
    this.desk.uploads.drop(this.shelf, key);
    this.changed();
  }

  /** A letter that names no sender is answered at the address we know. */
  private known(): Address[] {
    const page = this.desk.reading.page;
    const address = page?.customer.identities.find((identity) => identity.kind === "email")?.address;
    return page && address ? [{ address, name: page.customer.name }] : [];
  }
}
