import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "./call.ts";
import { uuid7 } from "./ids.ts";
import { emptyLog, type Log, shown, take } from "./lines.ts";
import { type Entry, makeOutbox as make, type OutboxPorts } from "./outbox.ts";
import { openStore } from "./store.ts";
import { makeLine, settled, shuffled, Timers } from "./testing.ts";

let clock = 0;

function makeEntry(text: string, change: Partial<Entry> = {}): Entry {
  clock += 1;
  return { client_id: uuid7(clock), text, files: [], at: clock, owner: "", ...change };
}

/** A server that keeps each client's id once, over a network that can lose the question or the answer. */
class Server {
  lines = new Map<string, string>();
  tries = 0;
  faults: ("question" | "answer" | Refusal | null)[] = [];

  post = async (entry: Entry) => {
    this.tries += 1;
    const fault = this.faults.shift() ?? null;
    await Promise.resolve();
    if (fault === "question") throw new Refusal(0, "offline");
    if (fault instanceof Refusal) throw fault;
    if (!this.lines.has(entry.client_id)) this.lines.set(entry.client_id, entry.text);
    if (fault === "answer") throw new Refusal(0, "offline");
    const seq = [...this.lines.keys()].indexOf(entry.client_id) + 1;
    return makeLine(seq, { client_id: entry.client_id, from: "visitor", text: this.lines.get(entry.client_id)! });
  };

  get texts(): string[] {
    return [...this.lines.values()];
  }
}

function makeOutbox(change: Partial<OutboxPorts> = {}) {
  const timers = new Timers();
  const server = new Server();
  const seen = { log: emptyLog() as Log };
  const outbox = make({
    store: openStore("none", () => {}), owner: () => "", upload: () => Promise.resolve(1), post: server.post, later: timers.later,
    delivered: (line) => (seen.log = take(seen.log, [line])), changed: () => {}, lacking: () => {}, alone: (task) => task(), ...change,
  });
  return { outbox, server, timers, seen };
}

test("whatever is lost on the way, each message arrives once and in its order", async () => {
  for (let round = 0; round < 60; round += 1) {
    const { outbox, server, timers, seen } = makeOutbox();
    server.faults = shuffled(["question", "answer", "question", "answer", null, null, new Refusal(503, ""), new Refusal(429, "too_many", "", {}, 30)], round) as typeof server.faults;
    for (const text of ["one", "two", "three", "four"]) await outbox.add(makeEntry(text));
    for (let minute = 0; minute < 10; minute += 1) await timers.pass(60_000);
    assert.deepEqual(server.texts, ["one", "two", "three", "four"]);
    assert.deepEqual(shown(seen.log).map((line) => line.text), ["one", "two", "three", "four"]);
    assert.deepEqual(outbox.entries, []);
  }
});

test("the pauses grow, and the server's own word is heeded", async () => {
  const { outbox, server, timers } = makeOutbox();
  server.faults = ["question", "question", new Refusal(429, "too_many", "", {}, 120)];
  await outbox.add(makeEntry("one"));
  await timers.pass(999);
  assert.equal(server.tries, 1);
  await timers.pass(1);
  assert.equal(server.tries, 2);
  await timers.pass(2000);
  assert.equal(server.tries, 3);
  await timers.pass(119_000);
  assert.equal(server.tries, 3);
  await timers.pass(1000);
  assert.deepEqual(server.texts, ["one"]);
});

test("what is refused for good stays until the visitor decides, and holds nothing up", async () => {
  const { outbox, server } = makeOutbox();
  server.faults = [new Refusal(422, "too_long", "Too long")];
  await outbox.add(makeEntry("one"));
  await outbox.add(makeEntry("two"));
  assert.deepEqual(server.texts, ["two"]);
  assert.deepEqual(outbox.entries.map((entry) => entry.failed), ["Too long"]);
  await outbox.retry(outbox.entries[0]!);
  assert.deepEqual(server.texts, ["two", "one"]);
  server.faults = [new Refusal(415, "not_allowed")];
  await outbox.add(makeEntry("three"));
  await outbox.discard(outbox.entries[0]!);
  assert.deepEqual(outbox.entries, []);
});

test("files go first, each once, and are not sent again when only the message failed", async () => {
  const uploads: string[] = [];
  const { outbox, server, timers } = makeOutbox({
    upload: (attachment) => {
      uploads.push(attachment.name);
      if (uploads.length === 2) throw new Refusal(0, "offline");
      return Promise.resolve(uploads.length);
    },
  });
  server.faults = ["question"];
  const files = ["a.png", "b.png"].map((name) => ({ client_id: name, name, file: new Blob(["x"]) }));
  await outbox.add(makeEntry("see", { files }));
  await timers.pass(60_000);
  assert.deepEqual(uploads, ["a.png", "b.png", "b.png"]);
  assert.deepEqual(server.texts, ["see"]);
});

test("two tabs over one store send nothing twice", async () => {
  const store = openStore("none", () => {});
  const first = makeOutbox({ store });
  const second = makeOutbox({ store, post: first.server.post });
  await Promise.all([first.outbox.add(makeEntry("one")), second.outbox.add(makeEntry("two"))]);
  await Promise.all([first.outbox.run(), second.outbox.run()]);
  assert.deepEqual(first.server.texts.sort(), ["one", "two"]);
  assert.deepEqual([...first.outbox.entries, ...second.outbox.entries], []);
});

test("what one person wrote does not leave under another's name", async () => {
  let owner = "max";
  const { outbox, server } = makeOutbox({ owner: () => owner });
  server.faults = ["question"];
  await outbox.add(makeEntry("Max's", { owner: "max" }));
  owner = "mia";
  await outbox.run();
  assert.deepEqual(server.texts, []);
  owner = "max";
  await outbox.run();
  assert.deepEqual(server.texts, ["Max's"]);
});

test("a message written while another is on its way follows it at once", async () => {
  const { outbox, server } = makeOutbox();
  void outbox.add(makeEntry("one"));
  void outbox.add(makeEntry("two"));
  await settled();
  await settled();
  await outbox.run();
  assert.deepEqual(server.texts, ["one", "two"]);
});

test("where a frame may store nothing its page keeps the words, and gives them back to the next frame", async () => {
  let kept: Entry[] = [];
  const store = openStore("none", (entries) => (kept = entries));
  const file = { client_id: "a", name: "a.png", file: new Blob(["x"]) };
  await store.put(makeEntry("words"));
  await store.put(makeEntry("picture", { files: [file] }));
  assert.deepEqual((await store.all()).map((entry) => entry.text), ["words", "picture"]);
  assert.deepEqual(kept.map((entry) => entry.text), ["words"]);

  const { outbox, server } = makeOutbox({ store });
  const next = openStore("none", (entries) => (kept = entries));
  next.restore(JSON.parse(JSON.stringify(kept)) as Entry[]);
  assert.deepEqual((await next.all()).map((entry) => entry.text), ["words"]);
  await outbox.run();
  assert.deepEqual(server.texts, ["words", "picture"]);
  assert.deepEqual(kept, []);
});

test("what waits for the visitor's answers is kept, tells what is lacking, and asks the server no more until then", async () => {
  const lacks: unknown[] = [];
  const { outbox, server, timers } = makeOutbox({ lacking: (needs) => lacks.push(needs) });
  server.faults = [new Refusal(403, "answers_needed", "Answer first.", { needs: ["consent"] })];
  await outbox.add(makeEntry("one"));
  await timers.pass(600_000);
  assert.deepEqual(lacks, ["consent"]);
  assert.equal(server.tries, 1);
  assert.deepEqual(outbox.entries.map((entry) => entry.failed), [undefined]);
  await outbox.run();
  assert.deepEqual(server.texts, ["one"]);
});

test("a file that the server has lost goes up anew, under a name it does not know, when the visitor tries again", async () => {
  const uploads: string[] = [];
  const { outbox, server } = makeOutbox({ upload: ({ client_id: id }) => Promise.resolve(uploads.push(id)) });
  server.faults = [new Refusal(409, "file_gone", "Not there any more.")];
  await outbox.add(makeEntry("see", { files: [{ client_id: "a", name: "a.png", file: new Blob(["x"]) }] }));
  await outbox.retry(outbox.entries[0]!);
  assert.equal(uploads.length, 2);
  assert.notEqual(uploads[1], "a");
  assert.deepEqual(server.texts, ["see"]);
});
