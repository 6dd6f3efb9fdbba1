import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Challenge, solve } from "./proof.ts";

interface Golden {
  challenge: Challenge;
  counter: number;
  derivedKey: string;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../tests/channels/proof.json", import.meta.url), "utf8"),
);

test("the first key that begins as asked is found, and the challenge goes back as it came", async () => {
  const told = JSON.parse(atob(await solve(golden.challenge)));
  assert.deepEqual(told.challenge, golden.challenge);
  assert.deepEqual(told.solution, { counter: golden.counter, derivedKey: golden.derivedKey });
});

test("a harder one takes more tries", async () => {
  const parameters = { ...golden.challenge.parameters, keyPrefix: golden.derivedKey.slice(0, 3), cost: 200 };
  const told = JSON.parse(atob(await solve({ ...golden.challenge, parameters })));
  assert.ok(told.solution.derivedKey.startsWith(parameters.keyPrefix));
});

test("whoever leaves need not wait for it", async () => {
  const parameters = { ...golden.challenge.parameters, keyPrefix: "f".repeat(64) };
  const leaving = new AbortController();
  const solving = solve({ ...golden.challenge, parameters }, leaving.signal);
  leaving.abort();
  await assert.rejects(solving, { name: "AbortError" });
});

test("a challenge of another kind is refused, not tried for ever", async () => {
  const parameters = { ...golden.challenge.parameters, algorithm: "ARGON2ID" };
  await assert.rejects(solve({ ...golden.challenge, parameters }), /ARGON2ID/);
});
