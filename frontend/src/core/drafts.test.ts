import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "./api.ts";
import { type Content, Drafts, type Held } from "./drafts.ts";
import { settled, Timers } from "./testing.ts";
import type { Draft, Upload } from "./types.ts";

function setUp() {
  const timers = new Timers();
  const saved: [number, string, string, number][] = [];
  const discarded: string[] = [];
  const kept = new Map<string, Held>();
  const conflicts: Draft[] = [];
  let revision = 0;
  let waits = false;
  let save: () => Promise<{ revision: number }> = () => Promise.resolve({ revision: (revision += 1) });
  const drafts = new Drafts({
    save: (dialog, mode, content) => {
      saved.push([dialog, mode, content.text, content.revision]);
      return save();
    },
    discard: (dialog, mode) => Promise.resolve(void discarded.push(`${dialog}:${mode}`)),
    keep: (key, held) => Promise.resolve(void kept.set(key, held)),
    forget: (key) => Promise.resolve(void kept.delete(key)),
    later: timers.later, now: () => timers.now, waits: () => waits, conflict: (_dialog, _mode, theirs) => conflicts.push(theirs),
  });
  return { drafts, timers, saved, discarded, kept, conflicts, answer: (next: typeof save) => (save = next), wait: (now: boolean) => (waits = now) };
}

function say(text: string): Content {
  return { text, html: null, extra: {} };
}

function upload(id: number): Upload {
  return { id, name: `${id}.txt`, mime: "text/plain", size: 1, kind: "file", preview: null };
}

function newer(text: string): () => Promise<{ revision: number }> {
  const draft: Draft = { text, html: null, extra: {}, revision: 9 };
  return () => Promise.reject(new ApiError(409, { code: "newer", message: "Newer", details: { draft } }));
}

test("a keystroke is kept here at once and on the server 800 ms later", async () => {
  const { drafts, kept, saved, timers } = setUp();
  drafts.edit(1, "reply", say("Hel"));
  assert.equal(kept.get("1:reply")?.text, "Hel");
  await timers.pass(700);
  drafts.edit(1, "reply", say("Hello"));
  await timers.pass(799);
  assert.deepEqual(saved, []);
  await timers.pass(1);
  assert.deepEqual(saved, [[1, "reply", "Hello", 0]]);
});

test("reply and comment never cross", async () => {
  const { drafts, saved, timers } = setUp();
  drafts.edit(1, "reply", say("for the customer"));
  drafts.edit(1, "comment", say("for the team"));
  drafts.edit(2, "comment", say("elsewhere"));
  assert.equal(drafts.get(1, "reply").text, "for the customer");
  assert.equal(drafts.get(1, "comment").text, "for the team");
  drafts.clear(1, "comment");
  assert.equal(drafts.get(1, "reply").text, "for the customer");
  await timers.pass(1000);
  assert.deepEqual(saved.map(([dialog, mode, text]) => [dialog, mode, text]), [[1, "reply", "for the customer"], [2, "comment", "elsewhere"]]);
});

test("what was typed here and not saved outlives the server's older draft", () => {
  const { drafts, timers } = setUp();
  drafts.edit(1, "reply", say("newest"));
  assert.equal(drafts.open(1, "reply", { ...say("older"), revision: 3 }, timers.now).text, "newest");
});

test("a saved draft gives way to what another tab has saved since", async () => {
  const { drafts, timers } = setUp();
  drafts.edit(1, "reply", say("here"));
  await timers.pass(1000);
  assert.equal(drafts.open(1, "reply", { ...say("there"), revision: 4 }, timers.now + 1).text, "there");
});

test("a page fetched before the last save does not take the draft away", async () => {
  const { drafts, timers } = setUp();
  const asked = timers.now;
  drafts.edit(1, "reply", say("here"));
  await timers.pass(1000);
  assert.equal(drafts.open(1, "reply", null, asked).text, "here");
  assert.equal(drafts.open(1, "reply", null, timers.now + 1).text, "");
});

test("keystrokes during a save are saved after it, on the new revision", async () => {
  const { drafts, saved, timers, answer } = setUp();
  let finish: (done: { revision: number }) => void = () => {};
  answer(() => new Promise((resolve) => (finish = resolve)));
  drafts.edit(1, "reply", say("one"));
  await timers.pass(800);
  drafts.edit(1, "reply", say("one two"));
  answer(() => Promise.resolve({ revision: 2 }));
  finish({ revision: 1 });
  await timers.pass(3000);
  assert.deepEqual(saved.map(([, , text, revision]) => [text, revision]), [["one", 0], ["one two", 1]]);
});

test("a newer draft elsewhere is asked about, and nothing typed is lost", async () => {
  const { drafts, timers, conflicts, answer, saved } = setUp();
  answer(newer("theirs"));
  drafts.edit(1, "reply", say("mine"));
  await timers.pass(800);
  assert.equal(conflicts[0]?.text, "theirs");
  assert.equal(drafts.get(1, "reply").text, "mine");
  answer(() => Promise.resolve({ revision: 10 }));
  assert.equal(drafts.choose(1, "reply", "mine").text, "mine");
  await timers.pass(100);
  assert.deepEqual(saved.at(-1), [1, "reply", "mine", 9]);
});

test("choosing the other draft takes it over", async () => {
  const { drafts, timers, answer } = setUp();
  answer(newer("theirs"));
  drafts.edit(1, "reply", say("mine"));
  await timers.pass(800);
  assert.equal(drafts.choose(1, "reply", "theirs").text, "theirs");
  assert.equal(drafts.get(1, "reply").text, "theirs");
});

test("sending while a save is under way leaves no draft behind", async () => {
  const { drafts, timers, discarded, kept, answer } = setUp();
  let finish: (done: { revision: number }) => void = () => {};
  answer(() => new Promise((resolve) => (finish = resolve)));
  drafts.edit(1, "reply", say("sent"));
  await timers.pass(800);
  drafts.clear(1, "reply");
  assert.equal(kept.size, 0);
  finish({ revision: 1 });
  await settled();
  assert.deepEqual(discarded, ["1:reply"]);
});

test("without an answer the save is tried again", async () => {
  const { drafts, timers, saved, answer } = setUp();
  answer(() => Promise.reject(new ApiError(0, { code: "no_answer", message: "" })));
  drafts.edit(1, "reply", say("text"));
  await timers.pass(800);
  answer(() => Promise.resolve({ revision: 1 }));
  await timers.pass(5000);
  assert.equal(saved.length, 2);
});

test("a reply that comes back stands before what was typed meanwhile", () => {
  const { drafts } = setUp();
  drafts.edit(1, "reply", say("typed meanwhile"));
  assert.equal(drafts.giveBack(1, "reply", say("taken back")).text, "taken back\n\ntyped meanwhile");
  assert.equal(drafts.giveBack(2, "reply", say("alone")).text, "alone");
});

test("a reply that comes back takes no files and nobody called from what was begun meanwhile", () => {
  const { drafts } = setUp();
  drafts.edit(1, "reply", { ...say("typed meanwhile"), extra: { attachments: [upload(2)], mentions: [7, 8] } });
  const both = drafts.giveBack(1, "reply", { ...say("taken back"), extra: { attachments: [upload(1)], mentions: [8, 9] } });
  assert.deepEqual([both.extra.attachments?.map((file) => file.id), both.extra.mentions], [[1, 2], [8, 9, 7]]);
  drafts.edit(2, "reply", { ...say(""), extra: { attachments: [upload(2)] } });
  assert.deepEqual(drafts.giveBack(2, "reply", { ...say(""), extra: { attachments: [upload(1)] } }).extra.attachments?.map((file) => file.id), [1, 2]);
});

test("what comes back is saved after the server has written it, on that revision, and no question is asked", async () => {
  const { drafts, timers, saved, conflicts, wait, answer } = setUp();
  drafts.edit(1, "reply", say("sent"));
  await timers.pass(800);
  drafts.clear(1, "reply");
  wait(true);
  drafts.giveBack(1, "reply", say("sent"));
  await timers.pass(3000);
  assert.equal(saved.length, 1);
  drafts.edit(1, "reply", say("sent, better"));
  drafts.adopt(1, "reply", 5);
  wait(false);
  answer(() => Promise.resolve({ revision: 6 }));
  await timers.pass(1000);
  assert.deepEqual([saved.at(-1), conflicts], [[1, "reply", "sent, better", 5], []]);
});

test("a save that an undo has overtaken is saved again, and no question is asked", async () => {
  const { drafts, timers, saved, conflicts, wait, answer } = setUp();
  answer(() => {
    wait(true);
    drafts.giveBack(1, "reply", say("sent"));
    return newer("sent")();
  });
  drafts.edit(1, "reply", say("second thought"));
  await timers.pass(800);
  answer(() => Promise.resolve({ revision: 10 }));
  wait(false);
  await timers.pass(1000);
  assert.deepEqual([saved.at(-1), conflicts], [[1, "reply", "sent\n\nsecond thought", 9], []]);
});

test("what never left comes back on the revision the server still holds", async () => {
  const { drafts, timers, saved } = setUp();
  drafts.open(1, "reply", { ...say("kept"), revision: 7 }, timers.now);
  drafts.clear(1, "reply");
  drafts.giveBack(1, "reply", say("kept"));
  await timers.pass(1000);
  assert.deepEqual(saved.at(-1), [1, "reply", "kept", 7]);
});

test("drafts of an earlier page come back and go to the server", async () => {
  const { drafts, timers, saved } = setUp();
  drafts.restore([["1:comment", { ...say("kept"), revision: 0, dirty: true, at: 1, saved: 0 }]]);
  assert.equal(drafts.get(1, "comment").text, "kept");
  await timers.pass(1000);
  assert.deepEqual(saved.map(([, mode]) => mode), ["comment"]);
});
