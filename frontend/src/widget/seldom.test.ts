import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "./call.ts";
import { emptyLog, shown, take } from "./lines.ts";
import { type Ask, earlier, letter, upload } from "./seldom.ts";
import { makeLine } from "./testing.ts";
import type { Synced } from "./types.ts";

const LINES = Array.from({ length: 100 }, (_, place) => makeLine(place + 1));

test("earlier lines join those that are there, page by page, and not more than were wanted", async () => {
  const late = take(emptyLog(80), LINES.slice(80));
  const asked: number[] = [];
  const since = (seq: number) => {
    asked.push(seq);
    return Promise.resolve({ lines: LINES.slice(seq, seq + 15) } as Synced);
  };
  const grown = await earlier(since, late, 30);
  assert.deepEqual(shown(grown).map((line) => line.seq), Array.from({ length: 50 }, (_, place) => place + 51));
  assert.deepEqual(asked, [50, 65]);
});

test("a server that has nothing earlier ends the asking", async () => {
  const late = emptyLog(10);
  assert.deepEqual(await earlier(() => Promise.resolve({ lines: [] as Synced["lines"] } as Synced), late, 60), late);
});

class FakeRequest {
  status = 201;
  responseText = '{"id": 7}';
  sent: FormData | null = null;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload = () => {};
  onerror = () => {};
  open = () => {};
  setRequestHeader = () => {};
  getResponseHeader = () => "5";
  send(body: FormData): void {
    this.sent = body;
    this.upload.onprogress?.({ loaded: 1, total: 2 });
    if (this.status) this.onload();
    else this.onerror();
  }
}

test("a file goes up with its own id and tells how far it is", async () => {
  const parts: number[] = [];
  const request = new FakeRequest();
  const file = { client_id: "a", name: "box.png", file: new Blob(["x"]) };
  assert.equal(await upload("t", file, (part) => parts.push(part), () => request as unknown as XMLHttpRequest), 7);
  assert.deepEqual(parts, [0.5]);
  assert.equal(request.sent?.get("client_id"), "a");
  assert.equal((request.sent?.get("file") as File).name, "box.png");
});

test("a stranger's file goes up again with a proof where one is asked for", async () => {
  const told: string[][] = [];
  const asks = Object.assign(new FakeRequest(), { status: 403, responseText: '{"error": {"code": "proof_needed", "message": "", "details": {"challenge": "c"}}}' });
  const takes = Object.assign(new FakeRequest(), { setRequestHeader: (...header: string[]) => told.push(header) });
  const requests = [asks, takes];
  const file = { client_id: "a", name: "box.png", file: new Blob(["x"]) };
  assert.equal(await upload("t", file, () => {}, () => requests.shift() as unknown as XMLHttpRequest, (challenge) => Promise.resolve(`solved ${challenge}`)), 7);
  assert.deepEqual(told, [["Authorization", "Visitor t"], ["X-Proof", "solved c"]]);
});

test("a file that is refused says why, and one that did not arrive may go again", async () => {
  const file = { client_id: "a", name: "box.exe", file: new Blob(["x"]) };
  const refused = Object.assign(new FakeRequest(), { status: 415, responseText: '{"error": {"code": "not_allowed", "message": "No programs."}}' });
  await assert.rejects(upload("t", file, () => {}, () => refused as unknown as XMLHttpRequest), (error: Refusal) => error.isLasting && error.message === "No programs.");
  const lost = Object.assign(new FakeRequest(), { status: 0 });
  await assert.rejects(upload("t", file, () => {}, () => lost as unknown as XMLHttpRequest), (error: Refusal) => !error.isLasting);
});

test("whether a copy is on its way is said, and why not", async () => {
  assert.match(await letter((() => Promise.resolve({})) as unknown as Ask), /on its way/);
  assert.equal(await letter(() => Promise.reject(new Refusal(429, "too_many", "Three an hour."))), "Three an hour.");
  assert.match(await letter(() => Promise.reject(new Refusal(0, "offline"))), /No connection/);
  const unproven = ((method: string) => method === "GET" ? Promise.resolve({ body: { text: "Max: Hello" } }) : Promise.reject(new Refusal(403, "not_proven"))) as unknown as Ask;
  assert.equal(await letter(unproven, (text) => `saved ${text}`), "saved Max: Hello");
});
