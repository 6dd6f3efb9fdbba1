import { test } from "node:test";
import assert from "node:assert/strict";
import { awayReason, isBare, laidOut, playTime } from "./chat.ts";
import { setCatalogue } from "./i18n.ts";
import { makeFile } from "./testing.ts";

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
