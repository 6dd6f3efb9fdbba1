import assert from "node:assert/strict";
import { test } from "node:test";
import { setCatalogue } from "./i18n.ts";
import { goalOf, withRead } from "./told.ts";
import { toldSentence, toldWords } from "./toldWords.ts";
import type { Told } from "./types.ts";

const names = { agent: (id: number) => ({ 6: "Ben" })[id], channel: (id: number) => ({ 3: "Shop" })[id] };

function told(kind: string, topic = "dialog:17", change: Partial<Told> = {}): Told {
  return { id: 1, kind, topic, at: "2026-11-25T10:00:00Z", read: false, about: "Max", dialog_id: topic.startsWith("dialog:") ? Number(topic.slice(7)) : null, details: {}, ...change };
}

test("each is a sentence that names who did it or what it is about", () => {
  setCatalogue({ language: "en", forms: ["one", "other"], messages: {} });
  assert.equal(toldSentence(told("comment.mentioned", "dialog:17", { details: { by: 6 } }), names), "Ben mentioned you");
  assert.equal(toldSentence(told("dialog.assigned", "dialog:17", { details: { by: 99 } }), names), "… handed a dialog over to you");
  assert.equal(toldSentence(told("channel.broken", "channel:3"), names), "Shop does not work");
  assert.equal(toldSentence(told("reset.asked", "agent:6", { details: { name: "Ben" } }), names), "Ben asks for a new password");
  assert.equal(toldSentence(told("task.assigned", "task:5", { details: { by: 6 } }), names), "Ben gave you a task");
  assert.equal(toldSentence(told("message.edit_failed"), names), "A message could not be changed where it was sent");
  assert.equal(toldSentence(told("task.overdue", "task:5"), names), "A task is overdue");
  assert.equal(toldSentence(told("moon.risen", "moon:1"), names), "Something new");
});

test("the words of a comment come with it, and nothing that is no text", () => {
  assert.equal(toldWords(told("comment.added", "dialog:17", { details: { preview: "Look here" } })), "Look here");
  assert.equal(toldWords(told("dialog.assigned", "dialog:17", { details: { comment: "Yours" } })), "Yours");
  assert.equal(toldWords(told("dialog.assigned", "dialog:17", { details: { comment: null } })), "");
  assert.equal(toldWords(told("task.overdue", "task:5", { details: { title: "Call the store" } })), "Call the store");
});

test("opening one leads to what it is about", () => {
  assert.deepEqual(goalOf(told("message.failed")), { dialog: 17 });
  assert.deepEqual(goalOf(told("channel.broken", "channel:3")), { page: "/settings/channels/3" });
  assert.deepEqual(goalOf(told("arrival.quarantined", "channel:3")), { page: "/settings/arrivals" });
  assert.deepEqual(goalOf(told("mail.failed", "team")), { page: "/settings/team" });
  assert.deepEqual(goalOf(told("task.assigned", "task:5", { dialog_id: 17 })), { dialog: 17 });
  assert.equal(goalOf(told("task.assigned", "task:5")), null);
  assert.equal(goalOf(told("moon.risen", "moon:1")), null);
});

test("reading one reads all about its dialog, and of other things only itself", () => {
  const list = [told("comment.added", "dialog:17", { id: 1 }), told("message.failed", "dialog:17", { id: 2 }), told("channel.broken", "channel:3", { id: 3 }), told("channel.fell_silent", "channel:3", { id: 4 })];
  const read = (which: number[]) => withRead(list, list.filter((one) => which.includes(one.id))).filter((one) => one.read).map((one) => one.id);
  assert.deepEqual(read([2]), [1, 2]);
  assert.deepEqual(read([3]), [3]);
  assert.deepEqual(read([]), []);
});
