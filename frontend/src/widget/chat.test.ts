import assert from "node:assert/strict";
import { test } from "node:test";
import { makeChat } from "./chat.ts";
import type { Entry } from "./outbox.ts";
import { openStore } from "./store.ts";
import { makeLine } from "./testing.ts";
import type { Identity, Line, Session, ToPage } from "./types.ts";

const CONSENT = { name: "consent", label: "I agree", kind: "consent", required: true };
const HOURS = { open: true, opens_at: null };

/** Every visitor is a number of lines; `who` tells whose browser it is, `needs` what has to be answered first. */
class Desk {
  who = "guest";
  isKnown = false;
  fields: Session["fields"] = [];
  needs: string[] = [];
  said: [by: string, text: string][] = [];
  asked: string[] = [];
  sockets: { token: string; isClosed: boolean; onopen?: () => void }[] = [];

  lines: Line[] = [];
  private held: [path: string, until: Promise<void>] | null = null;

  /** The next answer there comes when the function that is given back is called. */
  hold(path: string): () => void {
    let go = () => {};
    this.held = [path, new Promise((resolve) => (go = resolve))];
    return go;
  }

  answer = async (address: string | URL | Request, { body, headers }: RequestInit = {}): Promise<Response> => {
    const path = String(address).replace(/^api\//, "").split("?")[0]!;
    const told = JSON.parse(String(body ?? "{}")) as { client_id: string; text: string; identity?: Identity };
    const by = new Headers(headers).get("Authorization")?.slice(8);
    this.asked.push(path);
    const answer = await this.answered(path, told, by);
    if (this.held?.[0] !== path) return answer;
    const [, until] = this.held;
    this.held = null;
    await until;
    return answer;
  };

  private async answered(path: string, told: { client_id: string; text: string; identity?: Identity }, by: string | undefined): Promise<Response> {
    await Promise.resolve();
    if (path === "session") return Response.json(this.session(told.identity));
    if (path === "profile") {
      this.needs = [];
      return Response.json({ visitor: this.session().visitor });
    }
    if (path === "sync") return Response.json({ lines: this.lines, more: false, seq: 0, rev: 0, read_seq: 0, agent_read_seq: 0, typing: null, hours: HOURS });
    if (path !== "messages") return Response.json({});
    if (this.needs.length) return Response.json({ error: { code: "answers_needed", message: "Answer first.", details: { needs: this.needs } } }, { status: 403 });
    this.said.push([by!, told.text]);
    return Response.json({ line: makeLine(this.said.length, { client_id: told.client_id, from: "visitor", text: told.text }) });
  }

  session(identity?: Identity): Session {
    const who = identity?.token ?? this.who;
    const visitor = { id: who, name: null, email: null, verified: this.isKnown || !!identity, needs: this.needs };
    return { token: `of ${who}`, visitor, seq: 0, read_seq: 0, unread: 0, hours: HOURS, challenge: null, limits: { max_text: 1, max_file_bytes: 1, max_files: 1 }, fields: this.fields };
  }
}

/** A chat that stands before the desk for as long as the task takes. */
async function visiting(task: (chat: ReturnType<typeof makeChat>, desk: Desk, told: Omit<ToPage, "nonce">[]) => Promise<void>, kept: Entry[] = []): Promise<void> {
  const [desk, own, store] = [new Desk(), { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }, openStore("none", () => {})];
  for (const entry of kept) await store.put(entry);
  const told: Omit<ToPage, "nonce">[] = [];
  globalThis.fetch = desk.answer;
  globalThis.WebSocket = class {
    token = "";
    isClosed = false;
    onopen?: () => void;
    constructor() {
      desk.sockets.push(this);
      queueMicrotask(() => this.onopen?.());
    }
    send(text: string): void {
      this.token = (JSON.parse(text) as { token: string }).token;
    }
    close(): void {
      this.isClosed = true;
    }
  } as unknown as typeof WebSocket;
  const chat = makeChat({ language: "en", store, socketAddress: "wss://desk.test/", draw: () => {}, tell: (word) => told.push(word), arrived: () => {}, alone: (work) => work() });
  try {
    await task(chat, desk, told);
  } finally {
    chat.turn(false);
    Object.assign(globalThis, own);
  }
}

/** All that was asked has been answered. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const makeEntry = (owner: string): Entry => ({ client_id: "1", text: "Max's", files: [], at: 0, owner });

test("who turns out to be somebody else is rung by a socket of their own", async () => {
  await visiting(async (chat, desk) => {
    chat.turn(true);
    await quiet();
    chat.identify({ token: "max" });
    await quiet();
    assert.deepEqual(desk.sockets.map(({ token, isClosed }) => [token, isClosed]), [["of guest", true], ["of max", false]]);
  });
});

test("what is answered to a visitor's old self is not taken for an answer to the new one", async () => {
  await visiting(async (chat, desk) => {
    chat.turn(true);
    await quiet();
    desk.lines = [makeLine(1, { text: "To the guest" })];
    const late = desk.hold("sync");
    chat.wake();
    await quiet();
    chat.identify({ token: "max" });
    await quiet();
    desk.lines = [];
    late();
    await quiet();
    assert.equal(chat.session?.visitor.id, "max");
    assert.equal(chat.log.last, 0);
    assert.ok(chat.isReached);
  });
});

test("what was written by who is known by a token alone does not leave under another's name", async () => {
  await visiting(async (chat, desk) => {
    chat.turn(true);
    chat.identify({ token: "mia" });
    await quiet();
    const late = desk.hold("messages");
    void chat.say("Mia's", []);
    await quiet();
    assert.deepEqual(chat.outbox.entries.map(({ owner }) => owner), ["mia"]);
    late();
    await quiet();
    assert.deepEqual(desk.said, [["of mia", "Mia's"]]);
    assert.deepEqual(chat.outbox.entries, []);
  }, [makeEntry("max")]);
});

test("what a known visitor wrote leaves from the next page, opened or not, and a stranger's under whatever name", async () => {
  for (const owner of ["max", ""]) {
    await visiting(async (chat, desk) => {
      chat.start("of max", null);
      chat.identify({ token: "max" });
      await quiet();
      assert.deepEqual(desk.said, [["of max", "Max's"]]);
    }, [makeEntry(owner)]);
  }
});

test("a closed chat with nothing to send asks for no session", async () => {
  await visiting(async (chat, desk) => {
    chat.start("of max", null);
    chat.identify({ token: "max" });
    await quiet();
    assert.ok(!desk.asked.includes("session"));
  });
});

test("what has to be answered first is asked, and the message leaves after the answer", async () => {
  await visiting(async (chat, desk) => {
    desk.fields = [CONSENT];
    chat.turn(true);
    await quiet();
    desk.needs = ["consent"];
    await chat.say("Hello", []);
    await quiet();
    assert.deepEqual(chat.session?.visitor.needs, ["consent"]);
    assert.deepEqual(chat.outbox.entries.map((entry) => [entry.text, entry.failed]), [["Hello", undefined]]);
    await chat.introduce({}, true);
    await quiet();
    assert.deepEqual(desk.said.map(([, text]) => text), ["Hello"]);
  });
});

test("a question that the shop thought of meanwhile is brought and asked", async () => {
  await visiting(async (chat, desk) => {
    chat.turn(true);
    await quiet();
    [desk.fields, desk.needs] = [[CONSENT], ["consent"]];
    await chat.say("Hello", []);
    await quiet();
    assert.deepEqual(chat.session?.fields, [CONSENT]);
    assert.deepEqual(chat.session?.visitor.needs, ["consent"]);
    assert.ok(desk.asked.filter((path) => path === "session").length <= 3);
  });
});
