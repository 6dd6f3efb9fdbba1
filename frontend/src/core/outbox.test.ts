import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "./api.ts";
import { type Command, Outbox, type Step } from "./outbox.ts";
import { makeDone, makeMessage, makeRow, settled, Timers } from "./testing.ts";
import type { Done } from "./types.ts";

function setUp() {
  const timers = new Timers();
  const sent: Command[] = [];
  const saved = new Map<string, Command>();
  const confirmed: Command[] = [];
  const refused: [Command, ApiError][] = [];
  const withdrawn: Command[] = [];
  let waiting = false;
  let answer: (command: Command) => Promise<Done> = () => Promise.resolve(makeDone());
  let uuid = 0;
  const outbox = new Outbox({
    send: (command) => {
      sent.push({ ...command });
      return answer(command);
    },
    save: (command) => Promise.resolve(void saved.set(command.id, command)),
    forget: (id) => Promise.resolve(void saved.delete(id)),
    later: timers.later, now: () => timers.now, uuid: () => `uuid-${(uuid += 1)}`,
    changed: () => {}, confirmed: (command) => confirmed.push(command), refused: (command, error) => refused.push([command, error]),
    withdrawn: (command) => withdrawn.push(command), waiting: (now) => (waiting = now),
  });
  return {
    outbox, sent, saved, confirmed, refused, withdrawn, timers,
    waiting: () => waiting,
    answer: (next: typeof answer) => (answer = next),
  };
}

const reopen: Step = { verb: "reopen", dialog: 1, method: "POST", path: "/api/dialogs/1/reopen", body: {}, change: { set: { state: "open" } } };
const complete = {
  verb: "complete", dialog: 1, method: "POST" as const, path: "/api/dialogs/1/complete", body: {},
  change: { set: { state: "completed" as const } }, inverse: [reopen], label: "Completed",
};
const reply = {
  verb: "reply", dialog: 1, method: "POST" as const, path: "/api/dialogs/1/replies", body: { text: "Hi", client_uuid: "c1" },
  entry: makeMessage({ id: -1, direction: "out", client_uuid: "c1" }), label: "Reply",
};

function refusal(status: number, code = "no"): () => Promise<Done> {
  return () => Promise.reject(new ApiError(status, { code, message: `Refused: ${code}` }));
}

function held(): { promise: Promise<Done>; answer: (done: Done) => void } {
  let answer: (done: Done) => void = () => {};
  const promise = new Promise<Done>((resolve) => (answer = resolve));
  return { promise, answer };
}

test("a command is seen at once and sent with its own id", async () => {
  const { outbox, sent, saved } = setUp();
  outbox.issue(complete);
  assert.equal(outbox.over(makeRow()).state, "completed");
  assert.equal(saved.size, 1);
  await settled();
  assert.equal(sent[0]?.id, "uuid-1");
  assert.equal(saved.size, 0);
});

test("a refusal takes the guess away and says why", async () => {
  const { outbox, answer, refused } = setUp();
  answer(refusal(409, "taken_by_other"));
  outbox.issue(complete);
  await settled();
  assert.equal(outbox.over(makeRow()).state, "open");
  assert.equal(refused[0]?.[1].message, "Refused: taken_by_other");
  assert.equal(outbox.undoable, null);
});

test("the server's newer row stays under the guess", () => {
  const { outbox, answer } = setUp();
  answer(() => held().promise);
  outbox.issue(complete);
  const seen = outbox.over(makeRow({ preview: "Newer", assignee_id: 9 }));
  assert.equal(seen.preview, "Newer");
  assert.equal(seen.assignee_id, 9);
  assert.equal(seen.state, "completed");
});

test("Z reverses what the server has confirmed", async () => {
  const { outbox, sent } = setUp();
  outbox.issue(complete);
  await settled();
  assert.equal(outbox.undo()?.verb, "complete");
  await settled();
  assert.deepEqual(sent.map((command) => command.verb), ["complete", "reopen"]);
  assert.equal(outbox.undo(), null);
});

test("Z before the command has left drops it: nothing is sent", async () => {
  const { outbox, sent, answer } = setUp();
  const first = held();
  answer(() => first.promise);
  outbox.issue({ ...complete, verb: "snooze", inverse: undefined, change: {} });
  outbox.issue(complete);
  outbox.undo();
  first.answer(makeDone());
  await settled();
  assert.deepEqual(sent.map((command) => command.verb), ["snooze"]);
  assert.equal(outbox.over(makeRow()).state, "open");
});

test("Z while the command is under way reverses it once it has arrived", async () => {
  const { outbox, sent, answer } = setUp();
  const first = held();
  answer((command) => (command.verb === "complete" ? first.promise : Promise.resolve(makeDone())));
  outbox.issue(complete);
  outbox.undo();
  assert.equal(outbox.over(makeRow()).state, "open");
  await settled();
  assert.deepEqual(sent.map((command) => command.verb), ["complete"]);
  outbox.issue({ ...complete, verb: "spam" });
  first.answer(makeDone());
  await settled();
  assert.deepEqual(sent.map((command) => command.verb), ["complete", "reopen", "spam"]);
});

test("Z without a connection drops what never left, and lifts what may have arrived at once", async () => {
  const { outbox, sent, saved, withdrawn, answer } = setUp();
  answer(refusal(0, "not_sent"));
  outbox.issue(complete);
  outbox.issue({ ...reply, dialog: 2 });
  await settled();
  outbox.undo();
  outbox.undo();
  assert.equal(outbox.over(makeRow()).state, "open");
  assert.deepEqual([outbox.entries(2), saved.size, outbox.pending.length], [[], 0, 0]);
  assert.deepEqual(withdrawn.map((command) => command.verb), ["reply", "complete"]);

  answer(refusal(0, "no_answer"));
  outbox.resume();
  outbox.issue(complete);
  await settled();
  outbox.undo();
  assert.equal(outbox.over(makeRow()).state, "open");
  answer(() => Promise.resolve(makeDone()));
  outbox.resume();
  await settled();
  assert.deepEqual(sent.slice(-2).map((command) => command.verb), ["complete", "reopen"]);
});

test("a reply that may have arrived is given back at once and never sent again: the server lets go of it", async () => {
  const { outbox, sent, withdrawn, answer } = setUp();
  answer(refusal(0, "no_answer"));
  outbox.issue(reply);
  await settled();
  assert.equal(outbox.undo()?.verb, "reply");
  assert.deepEqual([outbox.entries(1), withdrawn.length, outbox.takesBack(1)], [[], 1, true]);
  assert.ok(outbox.hidden(1).has("c1"));
  outbox.issue({ ...reply, body: { text: "Better", client_uuid: "c2" } });
  answer(() => Promise.resolve(makeDone()));
  outbox.resume();
  await settled();
  assert.deepEqual(sent.slice(1).map((command) => command.path), ["/api/dialogs/1/replies/undo", "/api/dialogs/1/replies"]);
  assert.deepEqual(sent[1]?.body, { client_uuid: "c1", withdraws: "uuid-1" });
  assert.ok(!outbox.takesBack(1));
});

test("a reply that is taken back while it is under way leaves no trace, whatever its answer", async () => {
  for (const [how, path] of [[() => Promise.resolve(makeDone({ entry: makeMessage({ id: 77 }) })), "/api/messages/77/undo"], [refusal(0), "/api/dialogs/1/replies/undo"], [refusal(0, "not_sent"), null], [refusal(409), null]] as const) {
    const { outbox, sent, refused, answer } = setUp();
    let answered: () => void = () => {};
    answer(async (command) => {
      if (command.verb === "reply") await new Promise<void>((done) => (answered = done));
      return command.verb === "reply" ? how() : makeDone();
    });
    outbox.issue(reply);
    outbox.undo();
    assert.deepEqual(outbox.entries(1), []);
    answered();
    await settled();
    outbox.resume();
    await settled();
    assert.equal(sent[1]?.path ?? null, path);
    assert.deepEqual([refused.length, outbox.pending.length], [0, 0]);
  }
});

test("what was taken back stays so through a reload", async () => {
  const { outbox, sent } = setUp();
  outbox.restore([{ ...reply, id: "old", at: 1, undone: true }, { ...complete, dialog: 2, id: "older", at: 0, undone: true }]);
  assert.deepEqual([outbox.entries(1), outbox.over(makeRow({ id: 2 })).state], [[], "open"]);
  await settled();
  assert.deepEqual(sent.map((command) => command.path).sort(), ["/api/dialogs/1/reopen", "/api/dialogs/1/replies/undo", "/api/dialogs/1/complete"].sort());
});

test("a reply that is taken back before it left is handed back to its writer", async () => {
  const { outbox, sent, saved, withdrawn, answer } = setUp();
  const before = held();
  answer(() => before.promise);
  outbox.issue({ ...complete, inverse: [] });
  outbox.issue(reply);
  outbox.undo();
  before.answer(makeDone());
  await settled();
  assert.deepEqual(withdrawn.map((command) => command.body), [reply.body]);
  assert.deepEqual([sent.length, saved.size], [1, 0]);
});

test("undoing a reply asks for the message the server made of it", async () => {
  const { outbox, sent, answer } = setUp();
  answer(() => Promise.resolve(makeDone({ entry: makeMessage({ id: 77 }) })));
  outbox.issue({ ...reply, back: { set: { state: "open" } } });
  await settled();
  answer(() => held().promise);
  outbox.undo();
  assert.ok(outbox.hidden(1).has("c1"));
  assert.equal(outbox.over(makeRow({ state: "completed" })).state, "open");
  await settled();
  assert.deepEqual(sent.slice(1).map((command) => command.path), ["/api/messages/77/undo"]);
});

test("acts done together are undone together", async () => {
  const { outbox, sent } = setUp();
  outbox.issue({ ...complete, group: "g" });
  outbox.issue({ ...complete, dialog: 2, path: "/api/dialogs/2/complete", inverse: [{ ...reopen, dialog: 2 }], group: "g" });
  await settled();
  outbox.undo();
  await settled();
  assert.equal(sent.filter((command) => command.verb === "reopen").length, 2);
});

test("commands of one dialog leave in order, those of others do not wait", async () => {
  const { outbox, sent, answer } = setUp();
  const first = held();
  answer((command) => (command.dialog === 1 ? first.promise : Promise.resolve(makeDone())));
  outbox.issue({ ...complete, verb: "one" });
  outbox.issue({ ...complete, verb: "two" });
  outbox.issue({ ...complete, verb: "other", dialog: 2 });
  await settled();
  assert.deepEqual(sent.map((command) => command.verb), ["one", "other"]);
  first.answer(makeDone());
  await settled();
  assert.equal(sent.at(-1)?.verb, "two");
});

test("without a connection commands wait, say so, and leave when it is back", async () => {
  const { outbox, sent, answer, waiting, timers, saved } = setUp();
  answer(refusal(0, "no_answer"));
  outbox.issue(complete);
  await settled();
  assert.ok(waiting());
  assert.equal(saved.size, 1);
  assert.equal(outbox.over(makeRow()).state, "completed");
  answer(() => Promise.resolve(makeDone()));
  outbox.resume();
  await settled();
  assert.ok(!waiting());
  assert.deepEqual(sent.map((command) => command.id), ["uuid-1", "uuid-1"]);
  assert.equal(timers.count, 0);
});

test("a server that stumbles is asked three times, then the act is rolled back", async () => {
  const { outbox, sent, answer, refused, timers } = setUp();
  answer(refusal(500));
  outbox.issue(complete);
  await timers.pass(60_000);
  assert.equal(sent.length, 3);
  assert.equal(refused.length, 1);
});

test("when the session has ended nothing is lost: all of it leaves after login", async () => {
  const { outbox, sent, answer, refused } = setUp();
  answer(refusal(401));
  outbox.issue(reply);
  outbox.issue({ ...complete, dialog: 2 });
  await settled();
  const before = sent.length;
  assert.equal(refused.length, 0);
  answer(() => Promise.resolve(makeDone()));
  outbox.resume();
  await settled();
  assert.equal(sent.length, before + 2);
  assert.equal(outbox.pending.length, 0);
});

test("what an earlier page left behind is sent with the ids it had", async () => {
  const { outbox, sent } = setUp();
  outbox.restore([{ ...complete, id: "old", at: 1 }]);
  await settled();
  assert.equal(sent[0]?.id, "old");
});

test("tags come and go as guesses too", () => {
  const { outbox, answer } = setUp();
  answer(() => held().promise);
  outbox.issue({ ...complete, change: { add_tag: 4 } });
  outbox.issue({ ...complete, change: { drop_tag: 2 } });
  assert.deepEqual(outbox.over(makeRow({ tags: [2] })).tags, [4]);
});

test("a reply is in the timeline until the server has its own of it", async () => {
  const { outbox, answer } = setUp();
  const first = held();
  answer(() => first.promise);
  outbox.issue(reply);
  assert.equal(outbox.entries(1).length, 1);
  first.answer(makeDone());
  await settled();
  assert.equal(outbox.entries(1).length, 0);
});

test("what was done in another way is undone like a reply that left from here", async () => {
  const { outbox, sent, withdrawn } = setUp();
  const command = outbox.adopt({ ...reply, path: "/api/dialogs" }, makeDone({ entry: makeMessage({ id: 7, direction: "out" }) }));
  assert.equal(outbox.undoable, command);
  assert.equal(outbox.undo(), command);
  await settled();
  assert.deepEqual(sent.map((one) => one.path), ["/api/messages/7/undo"]);
  assert.deepEqual(withdrawn, [command]);
  assert.equal(outbox.undo(), null);
});
