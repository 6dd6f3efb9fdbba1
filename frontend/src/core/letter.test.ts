import assert from "node:assert/strict";
import { test } from "node:test";
import { forwardSubject, hasOthers, replySubject, replyTo, usuallyAll } from "./letter.ts";
import { makeMessage } from "./testing.ts";
import type { Recipient } from "./types.ts";

function recipient(address: string, role: Recipient["role"] = "to"): Recipient {
  return { address, name: "", role, state: null, error: null };
}

const OURS = ["Help@Shop.example"];

test("an answer goes to who wrote, an answer to all to everyone but us", () => {
  const letter = makeMessage({ recipients: [recipient("help@shop.example"), recipient("mia@example.com"), recipient("boss@example.com", "cc")] });
  assert.deepEqual(replyTo(letter, false, OURS).to.map((one) => one.address), ["max@example.com"]);
  const all = replyTo(letter, true, OURS);
  assert.deepEqual(all.to.map((one) => one.address), ["max@example.com"]);
  assert.deepEqual(all.cc.map((one) => one.address), ["mia@example.com", "boss@example.com"]);
  assert.ok(hasOthers(letter, OURS));
});

test("Reply-To is answered, and everybody else as well if asked to", () => {
  const letter = makeMessage({ reply_to: [{ address: "help@shop.example", name: "" }, { address: "max@home.example", name: "Max" }], recipients: [recipient("help@shop.example"), recipient("mia@example.com")] });
  assert.deepEqual(replyTo(letter, false, OURS), { to: [{ address: "max@home.example", name: "Max" }], cc: [], bcc: [] });
  assert.deepEqual(replyTo(letter, true, OURS).cc.map((one) => one.address), ["mia@example.com"]);
});

test("an answer goes to all by itself when there are others, unless we got the letter blind", () => {
  const recipients = [recipient("help@shop.example"), recipient("boss@example.com", "cc")];
  assert.ok(usuallyAll(makeMessage({ recipients }), OURS));
  assert.ok(!usuallyAll(makeMessage({ recipients: [recipient("help@shop.example")] }), OURS));
  const blind = makeMessage({ recipients: [recipient("boss@example.com")], warnings: ["blind_copy"] });
  assert.ok(!usuallyAll(blind, OURS));
  assert.ok(hasOthers(blind, OURS));
});

test("whom our own letter told blind is not named to the others", () => {
  const letter = makeMessage({ direction: "out", from: null, recipients: [recipient("max@example.com"), recipient("secret@example.com", "bcc")] });
  assert.deepEqual(replyTo(letter, true, OURS), { to: [{ address: "max@example.com", name: "" }], cc: [], bcc: [] });
});

test("what the server would not take is not offered", () => {
  const letter = makeMessage({ from: { address: "max@example.com", name: "M".repeat(300) }, recipients: [recipient(`${"m".repeat(400)}@example.com`)] });
  assert.equal(replyTo(letter, true, OURS).to[0]?.name.length, 200);
  assert.deepEqual(replyTo(letter, true, OURS).cc, []);
});

test("answering our own letter goes to whom we wrote", () => {
  const letter = makeMessage({ direction: "out", from: { address: "help@shop.example", name: "" }, recipients: [recipient("max@example.com"), recipient("MAX@example.com", "cc")] });
  assert.deepEqual(replyTo(letter, true, OURS), { to: [{ address: "max@example.com", name: "" }], cc: [], bcc: [] });
});

test("a letter from ourselves to ourselves can still be answered", () => {
  const letter = makeMessage({ from: { address: "help@shop.example", name: "" } });
  assert.equal(replyTo(letter, false, OURS).to.length, 1);
});

test("Re: is said once", () => {
  assert.equal(replySubject("Re: RE: Fwd: Ответ: Заказ"), "Re: Заказ");
  assert.equal(replySubject(""), "");
  assert.equal(forwardSubject("Re[2]: Заказ"), "Fwd: Заказ");
  assert.equal(replySubject("Regarding you"), "Re: Regarding you");
});
