import { test } from "node:test";
import assert from "node:assert/strict";
import { Connection } from "./connection.ts";
import { Timers } from "./testing.ts";

function made() {
  const timers = new Timers();
  const told: boolean[] = [];
  return { timers, told, connection: new Connection((connected) => told.push(connected), timers.later) };
}

test("a short break is not told", async () => {
  const { timers, told, connection } = made();
  connection.broke();
  await timers.pass(1000);
  connection.works();
  await timers.pass(5000);
  assert.deepEqual(told, [true]);
});

test("a long break is told once, however often it is tried again", async () => {
  const { timers, told, connection } = made();
  connection.broke();
  connection.broke();
  await timers.pass(5000);
  connection.broke();
  await timers.pass(5000);
  assert.deepEqual(told, [false]);
});

test("a break after a break that was mended is told again", async () => {
  const { timers, told, connection } = made();
  connection.broke();
  await timers.pass(2000);
  connection.works();
  connection.broke();
  await timers.pass(2000);
  assert.deepEqual(told, [false, true, false]);
});

test("a network that is gone is told at once, and whatever comes through proves that it is back", () => {
  const { told, connection } = made();
  connection.gone();
  connection.works();
  assert.deepEqual(told, [false, true]);
});
