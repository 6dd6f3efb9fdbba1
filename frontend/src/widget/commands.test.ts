import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCommands as make, replay } from "./commands.ts";

function makeCommands() {
  const done: unknown[][] = [];
  const faults: string[] = [];
  const [api, emit] = make(
    { open: (...given: unknown[]) => void done.push(["open", ...given]), close: () => void done.push(["close"]) },
    (error) => faults.push(String(error)),
  );
  return { api, emit, done, faults };
}

test("calls made before the loader are done in their order, and a late listener still hears that all is ready", () => {
  const { api, done, emit } = makeCommands();
  const heard: unknown[] = [];
  emit("ready", undefined, true);
  function page(..._given: unknown[]): IArguments {
    return arguments;
  }
  replay(api, [page("open", "now"), page("close"), page("on", "ready", () => heard.push("ready"))]);
  assert.deepEqual(done, [["open", "now"], ["close"]]);
  assert.deepEqual(heard, ["ready"]);
});

test("who listens later hears what lasts, and nothing after taking leave", () => {
  const { api, emit } = makeCommands();
  const heard: unknown[] = [];
  const listener = (detail: unknown) => heard.push(detail);
  emit("unread", 2, true);
  emit("message", "gone");
  api("on", "unread", listener);
  api("on", "message", listener);
  emit("unread", 3, true);
  api("off", "unread", listener);
  emit("unread", 4, true);
  api("off", "message");
  emit("message", "x");
  assert.deepEqual(heard, [2, 3]);
});

test("a wrong name and a broken listener are reported and end nothing", () => {
  const { api, done, faults, emit } = makeCommands();
  const heard: string[] = [];
  api("constructor");
  api("fly");
  api("on", "open", () => {
    throw new Error("the page's own");
  });
  api("on", "open", () => heard.push("second"));
  emit("open");
  api("open");
  assert.equal(faults.length, 3);
  assert.deepEqual(heard, ["second"]);
  assert.equal(done.length, 1);
});
