/** Makers for the tests of src/core. */

import type { Done, EventItem, FileRecord, Frame, MessageEntry, Row } from "./types.ts";

export function makeRow(change: Partial<Row> = {}): Row {
  return {
    id: 1, state: "open", channel_id: 1, channel_kind: "email", customer: { id: 1, name: "Max", kind: "client" }, subject: "Where is my order?",
    preview: "Hello", last_direction: "in", last_author: "Max", waiting_since: "2026-11-25T10:00:00Z",
    last_message_at: "2026-11-25T10:00:00Z", assignee_id: null, team_id: null, tags: [], unread: false, snooze_until: null,
    snooze_mode: null, snoozed_by: null, completed_at: null, reopen_count: 0, sla_due_at: null, failed: false, open_tasks: 0,
    urgency: 0, feed_at: "2026-11-25T10:00:00Z", is_group: false, spam: false, ...change,
  };
}

export function makeMessage(change: Partial<MessageEntry> = {}): MessageEntry {
  return {
    type: "message", id: 1, at: "2026-11-25T10:00:00Z", direction: "in", author: { kind: "customer", id: 1, name: "Max" },
    subject: "Where is my order?", text: "Hello", visible_text: null, html: false, has_remote: false, klass: "human", state: null,
    send_after: null, error: null, error_code: null, recipients: [], from: { address: "max@example.com", name: "Max" },
    attachments: [], defects: [], client_uuid: null, warnings: [], quoted: false, signature: null, edited_at: null, deleted_at: null, answers: null, forwards: [], cards: [], reactions: [], ...change,
  };
}

export function makeItem(seq: number, change: Partial<EventItem> = {}): EventItem {
  return { seq, kind: "message.received", topic: "dialog:1", at: "2026-11-25T10:00:00Z", actor_id: null, details: {}, row: null, ...change };
}

export function makeFrame(after: number, upto: number, seqs: number[], audience = "everyone"): Frame {
  return { audience, after, upto, items: seqs.map((seq) => makeItem(seq)) };
}

export function makeDone(change: Partial<Done> = {}): Done {
  return { row: makeRow(), entry: null, inverse: null, upto: 1, ...change };
}

/** Timers that run when told to. */
export class Timers {
  now = Date.parse("2026-11-25T10:00:00Z");
  private waiting: { task: () => void; at: number }[] = [];

  later = (task: () => void, milliseconds: number): (() => void) => {
    const one = { task, at: this.now + milliseconds };
    this.waiting.push(one);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== one);
    };
  };

  get count(): number {
    return this.waiting.length;
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      await settled();
      const next = this.waiting.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.waiting = this.waiting.filter((one) => one !== next);
      this.now = next.at;
      next.task();
    }
    this.now = end;
    await settled();
  }
}

/** All promises that can go on have gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

export function makeFile(change: Partial<FileRecord> = {}): FileRecord {
  return {
    id: 1, name: "box.jpg", mime: "image/jpeg", size: 1000, kind: "image", state: "here", inline: false, url: "/files/1/box.jpg", preview: "/files/1/box.jpg?inline=1",
    letter: null, width: null, height: null, seconds: null, emoji: null, transcript: null, ...change,
  };
}
