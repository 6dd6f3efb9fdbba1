import { test } from "node:test";
import assert from "node:assert/strict";
import { awayReason, isBare, laidOut, playTime, stillOpen } from "./chat.ts";
import { setCatalogue } from "./i18n.ts";
import { makeFile, makeMessage } from "./testing.ts";

setCatalogue({ language: "en", forms: ["one", "other"], messages: {} });

test("pictures of an album stand side by side, and one alone stands by itself", () => {
  const [one, two, paper] = [makeFile({ id: 1, kind: "image" }), makeFile({ id: 2, kind: "video" }), makeFile({ id: 3, kind: "file" })];
  assert.deepEqual(laidOut([one, paper, two]), { album: [one, two], others: [paper] });
  assert.deepEqual(laidOut([one, paper]), { album: [], others: [one, paper] });
});

test("what is not here, and a picture no browser shows, is no part of an album", () => {
  const files = [makeFile({ id: 1, kind: "image" }), makeFile({ id: -2, kind: "image", state: "waiting", preview: null }), makeFile({ id: 3, kind: "image", preview: null })];
  assert.deepEqual(laidOut(files), { album: [], others: files });
});

test("only a sticker that stands alone goes without a bubble", () => {
  const sticker = makeFile({ kind: "sticker" });
  assert.equal(isBare("", [sticker]), true);
  assert.equal(isBare("Hi", [sticker]), false);
  assert.equal(isBare("", [sticker, sticker]), false);
});

test("a file that is not here says why", () => {
  assert.equal(awayReason(makeFile({ state: "waiting" })), "still on its way");
  assert.match(awayReason(makeFile({ state: "too_large", size: 90_000_000 })), /^too large to be fetched \(\S.*\)$/);
  assert.equal(awayReason(makeFile({ state: "here" })), "");
});

test("playing time is written as players write it", () => {
  assert.deepEqual([7, 760, 3723].map(playTime), ["0:07", "12:40", "1:02:03"]);
});

test("ours can be changed while it lies outside and its time is not over", () => {
  const sent = makeMessage({ id: 5, direction: "out", state: "sent", at: "2026-11-25T10:00:00Z" });
  const soon = Date.parse("2026-11-25T10:00:30Z");
  assert.equal(stillOpen(sent, 60, soon), true);
  assert.equal(stillOpen(sent, 20, soon), false);
  assert.equal(stillOpen(sent, 0, Date.parse("2030-01-01T00:00:00Z")), true);
  assert.equal(stillOpen(sent, null, soon), false);
  for (const change of [{ state: "failed" as const }, { state: "held" as const }, { deleted_at: "2026-11-25T10:00:10Z" }, { direction: "in" as const, state: null }]) {
    assert.equal(stillOpen({ ...sent, ...change }, 60, soon), false);
  }
});
