import assert from "node:assert/strict";
import { test } from "node:test";
import { type Heard, makeTalk as make } from "./talk.ts";
import type { ToFrame, ToPage } from "./types.ts";

const HELPDESK = "https://desk.test";

function makeTalk() {
  const said: unknown[][] = [];
  const heard: ToPage[] = [];
  const frame = { postMessage: (...given: unknown[]) => void said.push(given) };
  let deliver: (event: Heard) => void = () => {};
  const talk = make<ToFrame, ToPage>(() => frame as Window, HELPDESK, () => "n1", (word) => heard.push(word), (listener) => (deliver = listener));
  const good: Heard = { origin: HELPDESK, source: frame, data: { nonce: "n1", hello: true } };
  return { talk, said, heard, good, deliver: (change: Partial<Heard>) => deliver({ ...good, ...change }) };
}

test("a word goes to the one origin that is meant", () => {
  const { talk, said } = makeTalk();
  talk({ open: true });
  assert.deepEqual(said, [[{ open: true, nonce: "n1" }, HELPDESK]]);
});

test("the frame's own word is heard", () => {
  const { heard, deliver } = makeTalk();
  deliver({});
  assert.deepEqual(heard, [{ nonce: "n1", hello: true }]);
});

test("another origin, another window, another nonce and nonsense are not heard", () => {
  const { heard, deliver } = makeTalk();
  deliver({ origin: "https://evil.test" });
  deliver({ origin: "null" });
  deliver({ source: {} });
  deliver({ source: null });
  deliver({ data: { nonce: "n2", token: "stolen" } });
  deliver({ data: { token: "stolen" } });
  deliver({ data: "n1" });
  deliver({ data: null });
  assert.deepEqual(heard, []);
});

test("before there is a frame nobody is heard and nothing is said", () => {
  const heard: ToPage[] = [];
  let deliver: (event: Heard) => void = () => {};
  const talk = make<ToFrame, ToPage>(() => null, HELPDESK, () => "n1", (word) => heard.push(word), (listener) => (deliver = listener));
  talk({ open: true });
  deliver({ origin: HELPDESK, source: null, data: { nonce: "n1" } });
  assert.deepEqual(heard, []);
});
