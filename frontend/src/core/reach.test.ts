import assert from "node:assert/strict";
import { test } from "node:test";
import { reach } from "./reach.ts";

const NOW = Date.parse("2026-11-25T10:00:00Z");

test("a chat without an end says nothing", () => {
  assert.equal(reach({}, NOW), null);
  assert.equal(reach({ reply_until: null, unreachable_since: null }, NOW), null);
});

test("the end of the time for answering is told when it is near, and when it is past", () => {
  assert.equal(reach({ reply_until: "2026-11-25T20:00:00Z" }, NOW), null);
  assert.equal(reach({ reply_until: "2026-11-25T13:59:00Z" }, NOW), "soon");
  assert.equal(reach({ reply_until: "2026-11-25T10:00:00Z" }, NOW), "over");
});

test("that nothing gets there weighs more than the time", () => {
  assert.equal(reach({ reply_until: "2026-11-25T11:00:00Z", unreachable_since: "2026-11-25T09:00:00Z" }, NOW), "unreachable");
});
