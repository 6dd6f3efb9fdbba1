/** From the composer to the customer: replies, comments, and what becomes of them. */

import type { ApiError } from "../core/api.ts";
import { sentence } from "../core/api.ts";
import { type Content, isEmpty } from "../core/drafts.ts";
import { _ } from "../core/i18n.ts";
import type { Change, Command } from "../core/outbox.ts";
import type { Address, Answered, CommentEntry, Done, Draft, Entry, MessageEntry, Mode, Row, Upload } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import { moveOn, nextAfter, offerUndo, restoring, showUndone } from "./verbs.ts";

/** A reply that waited longer than this is not sent without being looked at. */
const TOO_OLD = 60 * 60_000;

/** Of so many messages the server is told that they were on the screen. */
const NEWEST = 20;

export type Then = "stay" | "complete" | "snooze_until_reply";

export interface Letter extends Content {
  /** null means those an answer usually goes to; the server knows them. */
  to: Address[] | null;
  cc: Address[] | null;
  bcc: Address[];
  subject: string | null;
  reply_to_message_id: number | null;
  attachments: Upload[];
  quote: boolean;
  signed: boolean;
  /** The message it points at, in a chat. */
  points_at?: Answered | null;
}

/** Send a reply: it stands in the timeline at once and can be taken back while it is held. */
export function sendReply(desk: Desk, dialog: number, letter: Letter, then: Then, more: { sendAfter?: number | null; force?: boolean } = {}): void {
  const row = desk.truth.row(dialog);
  if (!row) return;
  const client = crypto.randomUUID();
  const next = nextAfter(desk, [dialog]);
  const sendAfter = more.sendAfter ?? null;
  const command = desk.outbox.issue({
    verb: "reply", dialog, method: "POST", path: `/api/dialogs/${dialog}/replies`, label: _("Reply"),
    body: {
      client_uuid: client, text: letter.text, html: letter.html, attachments: letter.attachments.map((file) => file.id),
      reply_to_message_id: letter.reply_to_message_id, to: letter.to, cc: letter.cc, bcc: letter.bcc, subject: letter.subject,
      ...seen(desk, dialog), force: more.force ?? false, then, quote: letter.quote, signature: letter.signed,
      send_after: sendAfter === null ? null : new Date(sendAfter).toISOString(),
    },
    change: { set: guess(desk, row, letter, then) },
    entry: guessedMessage(desk, row, letter, client),
    back: asBefore(row, then),
  });
  kept.set(command.id, letter);
  commands.set(client, command.id);
  dropDraft(desk, dialog, "reply");
  desk.adjustCounts(row);
  const until = desk.clock.now() + (desk.channelOf(row)?.undo_seconds ?? 0) * 1000;
  if (sendAfter === null) offerReply(desk, command, until);
  else offerUndo(desk, command, _("The reply will be sent later"));
  if (then !== "stay") moveOn(desk, [dialog], next);
}

/** What the screen has of a dialog. A message may be shown before its event has a number. */
function seen(desk: Desk, dialog: number): { seen_upto: number | null; seen_message_ids: number[] } {
  const page = desk.reading.pageOf(dialog);
  const messages = (page?.timeline ?? []).filter((entry) => entry.type === "message" && entry.id > 0);
  return { seen_upto: page?.upto ?? null, seen_message_ids: messages.slice(-NEWEST).map((entry) => Number(entry.id)) };
}

export function sendComment(desk: Desk, dialog: number, content: Content, mentions: number[], attachments: Upload[]): void {
  const client = crypto.randomUUID();
  const now = new Date(desk.clock.now()).toISOString();
  const entry: CommentEntry = {
    type: "comment", id: -Date.now(), at: now, author: { kind: "agent", id: desk.me.id, name: desk.me.name }, text: content.text, html_text: content.html,
    mentions, attachments: attachments.map(asFile), client_uuid: client,
  };
  const command = desk.outbox.issue({
    verb: "comment", dialog, method: "POST", path: `/api/dialogs/${dialog}/comments`, label: _("Comment"),
    body: { client_uuid: client, text: content.text, mentions, attachments: attachments.map((file) => file.id) },
    entry,
  });
  kept.set(command.id, { ...content, extra: { ...content.extra, attachments, mentions } });
  dropDraft(desk, dialog, "comment");
  desk.notices.say(_("Comment added"));
}

/** A first letter has arrived at the server: it is held like any reply, and can be taken back like one. */
export function began(desk: Desk, done: Done, letter: Letter, client: string): void {
  desk.started(done);
  const command = desk.outbox.adopt({ verb: "reply", dialog: done.row.id, method: "POST", path: "/api/dialogs", label: _("New dialog"), body: { client_uuid: client } }, done);
  kept.set(command.id, letter);
  commands.set(client, command.id);
  const leaves = done.entry?.type === "message" && done.entry.send_after ? Date.parse(done.entry.send_after) : desk.clock.now();
  offerUndo(desk, command, "", leaves);
  setTimeout(() => desk.outbox.settle(command.id), Math.max(0, leaves - desk.clock.now()));
}

/** Take a held message back into the composer. */
export function undoMessage(desk: Desk, dialog: number, message: MessageEntry): void {
  const command = message.client_uuid ? commands.get(message.client_uuid) : undefined;
  const undone = command ? desk.outbox.undo(command) : null;
  if (undone) return showUndone(desk, undone);
  messageVerb(desk, dialog, message, "undo", {});
}

/** Retry, send now, change, take back, or say what became of a message nobody knows about. */
export function messageVerb(desk: Desk, dialog: number, message: MessageEntry, verb: "undo" | "retry" | "settle" | "send-now" | "edit" | "delete" | "fetch-files", body: Record<string, unknown>): void {
  desk.outbox.issue({
    verb, dialog, method: "POST", path: `/api/messages/${message.id}/${verb}`, body, label: "",
    ...(verb === "undo" && message.client_uuid !== null && { hides: message.client_uuid }),
  });
}

/** A reply that will not leave goes back into its draft. */
export function takeBack(desk: Desk, command: Command): void {
  const mode = modeOf(command);
  if (!mode) return;
  const { text, html, comment } = command.body as { text?: string; html?: string | null; comment?: string };
  const content = kept.get(command.id) ?? { text: text ?? comment ?? "", html: html ?? null, extra: {} };
  desk.drafts.giveBack(command.dialog, mode, withExtra(content));
  if (desk.reading.id === command.dialog) desk.composing.rewrite();
}

/** Take up what an earlier page left behind: drafts at once, then commands; what is too old to send is a draft again. */
export async function recover(desk: Desk): Promise<void> {
  const drafts = await desk.store.drafts();
  desk.drafts.restore(drafts);
  for (const [key, held] of drafts) if (held.dirty) desk.markBegun(key, !isEmpty(held));
  desk.composing.rewrite();
  desk.cards.restore(await desk.store.cards());
  desk.changes.restore(await desk.store.changes());
  const left = await desk.store.leftBehind();
  const old = left.filter((command) => desk.clock.now() - command.at > TOO_OLD && !command.undone && command.verb !== "undo_reply");
  for (const command of old) {
    takeBack(desk, command);
    void desk.store.forgetCommand(command.id);
  }
  if (old.length > 0) desk.notices.show(_("A reply written earlier was never sent. It is a draft again."), { stays: 12_000 });
  desk.outbox.restore(left.filter((command) => !old.includes(command)));
}

/** Teaches the desk what answers to replies and comments mean. */
export function connectSending(desk: Desk): void {
  desk.answered = (command, done) => answered(desk, command, done);
  desk.declined = (command, error) => declined(desk, command, error);
  desk.withdrawn = (command) => takeBack(desk, command);
}

/** The texts on their way, so that a refusal gives back all of it, recipients and files too. */
const kept = new Map<string, Content | Letter>();
/** By client uuid: the command behind a message that was just sent. */
const commands = new Map<string, string>();

function answered(desk: Desk, command: Command, done: Done): void {
  if (command.verb === "undo") return undone(desk, command, done);
  if (command.verb === "undo_reply") return letGo(desk, command, done);
  const client = command.body["client_uuid"];
  if (command.verb === "reply" && typeof client === "string" && !command.undone) {
    commands.set(client, command.id);
    const message = done.entry?.type === "message" ? done.entry : null;
    if (message?.send_after && !command.body["send_after"]) {
      const until = Date.parse(message.send_after);
      if (until > desk.clock.now()) offerReply(desk, command, until);
      setTimeout(() => desk.outbox.settle(command.id), Math.max(0, until - desk.clock.now()));
    }
  }
  if (command.verb === "tag") void desk.fetchTags();
}

/** A reply that was written elsewhere, or before a reload, is a draft again. */
function undone(desk: Desk, command: Command, done: Done): void {
  letGo(desk, command, done);
  const { dialog } = command;
  const { draft } = done;
  if (!draft) return;
  const mine = desk.drafts.open(dialog, "reply", draft, desk.clock.now());
  if (mine.text !== draft.text && !isEmpty(mine)) desk.drafts.giveBack(dialog, "reply", fromDraft(draft));
  desk.drafts.adopt(dialog, "reply", draft.revision);
  if (desk.reading.id === dialog) desk.composing.rewrite();
  const stays = desk.reading.id === dialog && !desk.composing.busy;
  if (stays) desk.composing.write("reply");
  desk.notices.show(_("Not sent. The reply is a draft again."), { action: stays ? null : showing(desk, dialog) });
}

/** The server has let go of a reply whose words are back already; it wrote a draft of them, which ours goes on from. */
function letGo(desk: Desk, command: Command, done: Done): void {
  const timeline = desk.reading.pageOf(command.dialog)?.timeline ?? [];
  desk.reading.learnPage(command.dialog, { timeline: timeline.filter((entry) => entry.type === "event" || !command.hides || entry.client_uuid !== command.hides) });
  if (done.draft && command.verb === "undo_reply") desk.drafts.adopt(command.dialog, "reply", done.draft.revision);
}

/** It has left after all: the words that came back are no draft, unless more was written. */
function tooLate(desk: Desk, command: Command, error: ApiError): void {
  const letter = kept.get(commands.get(command.hides ?? "") ?? "");
  if (letter && desk.drafts.get(command.dialog, "reply").text === letter.text) dropDraft(desk, command.dialog, "reply");
  desk.notices.show(sentence(error), { tone: "danger", action: desk.reading.id === command.dialog ? null : showing(desk, command.dialog) });
}

function showing(desk: Desk, dialog: number) {
  return {
    label: _("Show"),
    run: () => {
      desk.reading.open(dialog);
      desk.composing.write("reply");
    },
  };
}

function declined(desk: Desk, command: Command, error: ApiError): void {
  const letter = kept.get(command.id);
  desk.notices.closeFor(command.group ?? command.id);
  if (command.verb === "undo_reply") return tooLate(desk, command, error);
  if (command.verb === "reply" && error.code === "dialog_moved_on" && letter) {
    const why = _("Something new came while you were writing.");
    takeBack(desk, command);
    desk.composing.doubt(command.dialog, {
      why, entries: (error.details["entries"] as Entry[] | undefined) ?? [],
      sendAnyway: () => {
        desk.composing.settleDoubt(command.dialog);
        const draft = desk.drafts.get(command.dialog, "reply"); // as it stands by now: its readers and files, too
        const { attachments = [], signature = true, ...chosen } = draft.extra;
        const held = { ...letter, ...draft, ...chosen, attachments, signed: signature } as Letter;
        sendReply(desk, command.dialog, held, command.body["then"] as Then, { force: true });
      },
    });
    if (desk.reading.id === command.dialog) desk.notices.alarm(why);
    else desk.notices.show(why, { tone: "danger", action: showing(desk, command.dialog) });
    return;
  }
  takeBack(desk, command);
  const reason = sentence(error);
  const changed = command.verb === "edit";
  if (changed) desk.changes.write(messageOf(command), command.body["text"] as string, false, reason);
  const lost = changed || modeOf(command) !== null;
  desk.notices.show(changed ? _("{reason} What you wrote stays here.", { reason }) : lost ? _("{reason} What you wrote is a draft again.", { reason }) : reason, {
    tone: "danger",
    action: lost && desk.reading.id !== command.dialog ? { label: _("Show"), run: () => desk.reading.open(command.dialog) } : null,
  });
}

/** Sent: the draft is gone here, on the server, and from the page we keep. */
function dropDraft(desk: Desk, dialog: number, mode: Mode): void {
  desk.drafts.clear(dialog, mode);
  desk.composing.settleContest(dialog, mode, null);
  const page = desk.reading.pageOf(dialog);
  if (page) desk.reading.learnPage(dialog, { drafts: { ...page.drafts, [mode]: null } });
  desk.composing.rewrite();
}

/** Where its words go when it is not done; those of a hand-over are a comment. */
function modeOf({ verb, body }: Command): Mode | null {
  return verb === "reply" ? "reply" : verb === "comment" || body["comment"] ? "comment" : null;
}

function messageOf(command: Command): number {
  return Number(/messages\/(\d+)\//.exec(command.path)?.[1]);
}

/** What happens besides the reply, which counts down beside it. */
function said(then: Then): string {
  if (then === "complete") return _("Dialog completed.");
  if (then === "snooze_until_reply") return _("Snoozed until they reply.");
  return "";
}

/** "Undo" of a reply: in a chat the cursor stays to write on, in a letter it does not. */
function offerReply(desk: Desk, command: Command, until: number): void {
  const row = desk.truth.row(command.dialog);
  const then = command.body["then"] as Then;
  const stays = then === "stay" && row !== undefined && desk.channelOf(row)?.capabilities.send_key === "enter";
  const text = desk.offline ? `${said(then)} ${_("The reply leaves when the connection is back.")}`.trim() : said(then);
  offerUndo(desk, command, text, desk.offline ? null : until, stays ? "undo_sent" : "undo");
}

/** What the row says once the reply is taken back. */
function asBefore(row: Row, then: Then): Change {
  const { preview, last_direction, last_author, last_message_at } = row;
  return { set: { ...(then !== "stay" && restoring(row).change?.set), preview, last_direction, last_author, last_message_at } };
}

function guess(desk: Desk, row: Row, letter: Letter, then: Then): Partial<Row> {
  const now = new Date(desk.clock.now()).toISOString();
  const set: Partial<Row> = { last_direction: "out", last_author: desk.me.name, preview: letter.text.slice(0, 200).replace(/\s+/g, " "), last_message_at: now };
  if (row.assignee_id === null) set.assignee_id = desk.me.id;
  if (then === "complete") return { ...set, state: "completed", completed_at: now, waiting_since: null };
  if (then === "snooze_until_reply") return { ...set, state: "snoozed", snooze_mode: "until_reply", snooze_until: "9999", snoozed_by: desk.me.id };
  return set;
}

function guessedMessage(desk: Desk, row: Row, letter: Letter, client: string): MessageEntry {
  return {
    type: "message", id: -Date.now(), at: new Date(desk.clock.now()).toISOString(), direction: "out",
    author: { kind: "agent", id: desk.me.id, name: desk.me.name }, subject: letter.subject ?? row.subject, text: letter.text, visible_text: null,
    html: false, has_remote: false, klass: "human", state: null, send_after: null, error: null, error_code: null,
    recipients: (letter.to ?? []).map((one) => ({ ...one, role: "to" as const, state: null, error: null })), from: null,
    attachments: letter.attachments.map(asFile), defects: [], client_uuid: client, warnings: [], quoted: letter.quote,
    signature: letter.signed ? desk.signatureOn(desk.channelOf(row), row.team_id) || null : null,
    edited_at: null, deleted_at: null, answers: letter.points_at ?? null, forwards: [], cards: [], reactions: [],
  };
}

function asFile(upload: Upload) {
  return { ...upload, state: "here" as const, inline: false, url: "", width: null, height: null, seconds: null, emoji: null, transcript: null };
}

function withExtra(content: Content | Letter): Content {
  if (!("to" in content)) return content;
  const { text, html, extra, to, cc, bcc, subject, reply_to_message_id, attachments, quote } = content;
  const chosen = to === null ? {} : { to, cc: cc ?? [], bcc, subject, reply_to_message_id, quote };
  return { text, html, extra: { ...extra, ...chosen, attachments } };
}

function fromDraft(draft: Draft): Content {
  return { text: draft.text, html: draft.html, extra: draft.extra };
}
