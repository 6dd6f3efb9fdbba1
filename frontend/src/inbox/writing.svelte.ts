/** What is being written: words, recipients and files, for a reply, a comment or a new dialog. */

import { sentence } from "../core/api.ts";
import type { Content } from "../core/drafts.ts";
import { fileSize } from "../core/format.ts";
import { _ } from "../core/i18n.ts";
import { forwardSubject, hasOthers, replySubject, replyTo } from "../core/letter.ts";
import { answerable } from "../core/timeline.ts";
import type { Address, Capabilities, Draft, MessageEntry, Mode, Upload } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import type { Letter } from "./sending.ts";
import { upload } from "./upload.ts";

export interface FileInHand {
  key: string;
  name: string;
  size: number;
  progress: number;
  upload: Upload | null;
  error: string | null;
}

export type LetterKind = "reply" | "reply_all" | "forward";

export class Writing {
  text = $state("");
  html = $state.raw<string | null>(null);
  mentions = $state.raw<number[]>([]);
  to = $state.raw<Address[]>([]);
  cc = $state.raw<Address[]>([]);
  bcc = $state.raw<Address[]>([]);
  /** The agent chose the recipients; until then the server's usual ones are meant. */
  addressed = $state(false);
  subject = $state<string | null>(null);
  replyToId = $state<number | null>(null);
  quote = $state(false);
  signed = $state(true);
  kind = $state<LetterKind>("reply");
  files = $state.raw<FileInHand[]>([]);
  /** The letter that is answered; its others make "reply to all" worth offering. */
  answered = $state.raw<MessageEntry | null>(null);
  /** The message that an answer in a chat points at, where the agent chose one. */
  pointed = $state.raw<MessageEntry | null>(null);
  private aborts = new Map<string, AbortController>();

  constructor(
    private readonly desk: Desk,
    private readonly capabilities: () => Capabilities | undefined,
    /** Something changed that a draft should keep. */
    private readonly changed: () => void,
  ) {}

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

  private get ours(): string[] {
    return [...this.desk.channels.values()].filter((channel) => channel.kind === "email").map((channel) => channel.address);
  }

  /** Begin with a draft; recipients that it does not name are those of an ordinary answer. */
  load(content: Content | Draft, mode: Mode, entries: Parameters<typeof answerable>[0]): void {
    this.text = content.text;
    this.html = content.html;
    const { extra } = content;
    this.mentions = extra.mentions ?? [];
    this.files = (extra.attachments ?? []).map(inHand);
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
    const usual = this.answered ? replyTo(this.answered, false, this.ours) : { to: [], cc: [], bcc: [] };
    this.addressed = extra.to !== undefined;
    this.to = extra.to ?? (usual.to.length > 0 ? usual.to : this.known());
    this.cc = extra.cc ?? usual.cc;
    this.bcc = extra.bcc ?? [];
    this.subject = extra.subject ?? null;
    this.replyToId = extra.reply_to_message_id ?? this.answered?.id ?? null;
    if (this.cc.length > 0) this.kind = "reply_all";
    if (/^fwd:/i.test(this.subject ?? "")) this.kind = "forward";
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
    const chosen = this.addressed && (this.capabilities()?.recipients ?? false);
    return {
      ...this.content("reply"), to: chosen ? this.to : null, cc: chosen ? this.cc : null, bcc: chosen ? this.bcc : [], subject: chosen ? this.subject : null,
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
    return this.files.flatMap((file) => (file.upload ? [file.upload] : []));
  }

  /** Files dropped, pasted or picked: each goes to the server at once. */
  add(files: Iterable<File>): void {
    const { max_attachments: most = 20, attachment_bytes: largest = 25 * 1024 * 1024 } = this.capabilities() ?? {};
    for (const file of files) {
      const key = crypto.randomUUID();
      const tooMany = this.files.length >= most;
      const error = tooMany ? _("No more files fit.") : file.size > largest ? _("Larger than {size}.", { size: fileSize(largest) }) : null;
      const name = file.name || _("picture");
      this.files = [...this.files, { key, name, size: file.size, progress: 0, upload: null, error }];
      if (!error) void this.send(key, file);
    }
  }

  drop(key: string): void {
    const file = this.files.find((one) => one.key === key);
    this.aborts.get(key)?.abort();
    this.files = this.files.filter((one) => one.key !== key);
    if (file?.upload) void this.desk.api.ask("DELETE", `/api/uploads/${file.upload.id}`).catch(() => undefined);
    this.changed();
  }

  private async send(key: string, file: File): Promise<void> {
    const abort = new AbortController();
    this.aborts.set(key, abort);
    try {
      const done = await upload(this.desk.api, this.desk.token, file, (progress) => this.patch(key, { progress }), abort.signal);
      this.patch(key, { upload: done, progress: 1 });
      this.changed();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.patch(key, { error: sentence(error) });
      this.desk.notices.alarm(_("{name} could not be uploaded.", { name: file.name }));
    } finally {
      this.aborts.delete(key);
    }
  }

  /** A letter that names no sender is answered at the address we know. */
  private known(): Address[] {
    const page = this.desk.reading.page;
    const address = page?.customer.identities.find((identity) => identity.kind === "email")?.address;
    return page && address ? [{ address, name: page.customer.name }] : [];
  }

  private patch(key: string, change: Partial<FileInHand>): void {
    this.files = this.files.map((file) => (file.key === key ? { ...file, ...change } : file));
  }
}

function inHand(file: Upload): FileInHand {
  return { key: `u${file.id}`, name: file.name, size: file.size, progress: 1, upload: file, error: null };
}
