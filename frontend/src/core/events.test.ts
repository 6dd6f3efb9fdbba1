import assert from "node:assert/strict";
import { test } from "node:test";
import { eventLine, type Known } from "./events.ts";
import { setCatalogue } from "./i18n.ts";
import type { EventEntry } from "./types.ts";

const ANN = 5;
const known: Known = {
  me: ANN, now: Date.parse("2026-11-25T10:00:00Z"), zone: "Europe/Moscow",
  agent: (id) => ({ 5: "Ann", 6: "Ben" })[id], tag: (id) => ({ 7: "VIP" })[id],
};

function event(kind: string, details: Record<string, unknown> = {}, actor: number | null = 6, cause: string | null = null): EventEntry {
  const who = actor === null ? null : { id: actor, name: actor === 6 ? "Ben" : "Ann" };
  return { type: "event", id: "e1", at: "2026-11-25T10:00:00Z", kind, actor: who, cause, details };
}

test("each event is one line that names who did it", () => {
  setCatalogue({ language: "en", forms: ["one", "other"], messages: {} });
  assert.equal(eventLine(event("dialog.completed"), known), "Completed · Ben");
  assert.equal(eventLine(event("dialog.assigned", { was: null, to: 6 }), known), "Taken · Ben");
  assert.equal(eventLine(event("dialog.assigned", { was: null, to: ANN }), known), "Handed over to you · Ben");
  assert.equal(eventLine(event("dialog.assigned", { to: null }), known), "Nobody is responsible now · Ben");
  assert.match(eventLine(event("dialog.snoozed", { until: "2026-11-26T06:00:00Z", mode: "either" }), known) ?? "", /^Snoozed until tomorrow at .*9:00/);
  assert.equal(eventLine(event("dialog.snoozed", { mode: "until_reply", until: "2026-12-26T06:00:00Z" }), known), "Snoozed until they reply · Ben");
});

test("what happened by itself says why", () => {
  assert.equal(eventLine(event("dialog.reopened", {}, null, "message:17"), known), "Opened again · a new message");
  assert.equal(eventLine(event("dialog.woken", {}, null, "snooze"), known), "Back in the feed · its time has come");
});

test("an address that gives trouble is named", () => {
  assert.equal(eventLine(event("dialog.address_gone", { address: "max@customer.test" }, null), known), "There is no such address: max@customer.test");
  assert.equal(eventLine(event("dialog.address_failing", { address: "max@customer.test", times: 3 }, null), known), "E-mails to max@customer.test keep failing");
  assert.equal(eventLine(event("dialog.address_back", { address: "max@customer.test" }, null), known), "max@customer.test works again");
});

test("a chat tells its new name, and whether one can write there", () => {
  assert.equal(eventLine(event("dialog.renamed", { name: "Forest Lane" }, null), known), "The group is called “Forest Lane” now");
  assert.match(eventLine(event("dialog.unreachable", {}, null), known) ?? "", /^Nothing can be sent here any more/);
  assert.equal(eventLine(event("dialog.reachable", {}, null), known), "Messages can be sent here again");
});

test("what was done about a letter by itself is told", () => {
  assert.equal(eventLine(event("dialog.handed_on", { message_id: 1 }), known), "Forwarded to us by a colleague · Ben");
  assert.match(eventLine(event("message.also_came", { channel_id: 2 }, null), known) ?? "", /another of our mailboxes$/);
  assert.match(eventLine(event("dialog.automation_stopped", {}, null, "flood:17"), known) ?? "", /too many messages at once$/);
});

test("tags put on together are told together, by the name they have now", () => {
  const first = event("dialog.tagged", { tag_id: 7, name: "old name" });
  assert.equal(eventLine(first, known), "Tag added: VIP · Ben");
  assert.equal(eventLine(first, known, [event("dialog.tagged", { tag_id: 9, name: "gone" })]), "Tags added: VIP and gone · Ben");
});

test("an event nobody needs to read has no line", () => {
  assert.equal(eventLine(event("message.queued"), known), null);
});
