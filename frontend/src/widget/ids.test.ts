import assert from "node:assert/strict";
import { test } from "node:test";
import { uuid7 } from "./ids.ts";

test("it is a UUID of version 7, whatever was drawn", () => {
  for (const byte of [0, 127, 255]) {
    assert.match(uuid7(Date.now(), new Uint8Array(10).fill(byte)), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  assert.notEqual(uuid7(1), uuid7(1));
});

test("a later one sorts after an earlier one", () => {
  assert.ok(uuid7(1_700_000_000_000) < uuid7(1_700_000_000_001));
});
