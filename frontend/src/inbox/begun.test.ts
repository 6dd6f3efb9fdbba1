import assert from "node:assert/strict";
import { test } from "node:test";
import { Begun, type BegunLetter } from "./begun.ts";

const UPLOAD = { id: 7, name: "box.jpg", mime: "image/jpeg", size: 10, kind: "image" as const, preview: null };

function letter(change: Partial<BegunLetter> = {}): BegunLetter {
  return { id: "a", at: 1, channel: 1, to: [], cc: [], bcc: [], subject: "", text: "", html: null, attachments: [], signed: true, ...change };
}

function shelf(...left: BegunLetter[]): { begun: Begun; kept: Map<string, BegunLetter | null> } {
  const kept = new Map<string, BegunLetter | null>();
  return { begun: new Begun(Promise.resolve(left), (id, one) => Promise.resolve(void kept.set(id, one))), kept };
}

test("a letter is kept with every keystroke and offered again", () => {
  const { begun, kept } = shelf();
  begun.keep(begun.take(() => letter()));
  assert.equal(kept.size, 0); // nothing is written yet
  begun.keep(letter({ text: "Hello" }));
  assert.equal(kept.get("a")?.text, "Hello");
  assert.equal(begun.take(() => letter({ id: "b" })).text, "Hello");
});

test("what an earlier page left is offered, the newest first", async () => {
  const { begun } = shelf(letter({ id: "new", at: 5, text: "Second" }), letter({ id: "old", at: 2, text: "First" }));
  await begun.ready;
  assert.equal(begun.take(letter).id, "new");
  begun.forget("new");
  assert.equal(begun.take(letter).id, "old");
});

test("a letter that was sent, thrown away or emptied is forgotten", () => {
  const { begun, kept } = shelf();
  begun.keep(letter({ subject: "Offer" }));
  begun.forget("a");
  assert.equal(kept.get("a"), null);
  begun.keep(letter({ id: "b", to: [{ address: "max@customer.test", name: "" }] }));
  begun.keep(letter({ id: "b" }));
  assert.equal(kept.get("b"), null);
  assert.equal(begun.take(() => letter({ id: "c" })).id, "c");
});

test("a file that arrives after the letter was put aside is in it", () => {
  const { begun, kept } = shelf();
  begun.take(() => letter());
  begun.attach([UPLOAD]);
  assert.deepEqual(kept.get("a")?.attachments, [UPLOAD]);
});
