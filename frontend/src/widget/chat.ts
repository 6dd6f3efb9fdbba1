/**
 * One visitor's conversation: who they are to the server, what was said, what is on its way. Draws nothing.
 *
 * It is a function over its own variables, not a class, because the names of members travel to every page.
 */

import { makeBell } from "./bell.ts";
import { type Answer, call, type Options, Refusal } from "./call.ts";
import { uuid7 } from "./ids.ts";
import { emptyLog, type Log, shown, take } from "./lines.ts";
import { type Attachment, type Entry, makeOutbox, type Outbox, type Store } from "./outbox.ts";
import type { Challenge } from "./proof.ts";
import { makeSync } from "./sync.ts";
import type { FileOfLine, Hours, Identity, Line, Page, Ring, Session, Synced, ToPage } from "./types.ts";

const HISTORY = 60;
const [TYPING_EVERY, TYPING_SHOWN] = [3000, 6000];
const UNREAD_EVERY = 60_000;
const LONGEST_PAUSE = 30_000;

export interface ChatPorts {
  language: string;
  store: Store;
  socketAddress: string;
  draw(): void;
  tell(word: Omit<ToPage, "nonce">): void;
  /** Somebody of the team has written. */
  arrived(): void;
  alone(task: () => Promise<void>): Promise<void>;
}

export interface Chat {
  session: Session | null;
  log: Log;
  hours: Hours | null;
  agentRead: number;
  /** Lines after this were new when the visitor came to look; null: none were. */
  newAfter: number | null;
  typing: string | null;
  isReached: boolean;
  isRefused: boolean;
  identity: Identity | null;
  page: Page | null;
  progress: Map<string, number>;
  outbox: Outbox;
  /** What the page said at the start; a token is that of somebody who was here before. */
  start(token: string | null, touches: unknown): void;
  /** The visitor opened the chat, or closed it. */
  turn(isOpen: boolean): void;
  /** The network, the page or the reader came back: look at everything at once. */
  wake(): void;
  /** The browser says whether there is a network. */
  reach(is: boolean): void;
  identify(identity: Identity | null): void;
  /** Forget this visitor, here and on the server. */
  leave(token: string): Promise<void>;
  say(text: string, files: File[]): Promise<void>;
  /** The visitor is writing. */
  type(): void;
  /** The visitor has seen everything there is. */
  seen(): void;
  introduce(values: Record<string, unknown>, consent: boolean): Promise<void>;
  /** Have it sent by e-mail; what to tell of that. */
  letter(): Promise<string>;
  /** A page of what was said before. */
  earlier(): Promise<void>;
}

export function makeChat({ language, store, socketAddress, draw, tell, arrived, alone }: ChatPorts): Chat {
  let visitor: Session["visitor"]["id"] | null = null;
  let token: string | null = null;
  let touches: unknown;
  let isOpen = false;
  let [entering, tries, read, typedAt, unread] = [0, 0, 0, 0, 0];
  let [etag, lacks] = ["", ""];
  let proof: Promise<string> | null = null;
  const stops: Record<string, () => void> = {};

  const outbox = makeOutbox({ store, owner, upload, post, delivered, lacking, changed: draw, later, alone });
  const it: Chat = {
    session: null,
    log: emptyLog(),
    hours: null,
    agentRead: 0,
    newAfter: null,
    typing: null,
    isReached: true,
    isRefused: false,
    identity: null,
    page: null,
    progress: new Map(),
    outbox,
    start(given, came) {
      token = given;
      touches = came ?? undefined;
      if (token) void tend();
    },
    turn(is) {
      isOpen = is;
      it.newAfter = is && waiting() ? read : null;
      if (is) wake();
      else {
        sync.end();
        bell.close();
        void count();
      }
      draw();
    },
    wake,
    reach,
    identify(identity) {
      it.identity = identity;
      it.session = null;
      entering += 1;
      void tend();
    },
    async leave(old) {
      forget();
      it.identity = null;
      await outbox.discard(...await store.all());
      await call(old, "POST", "logout", { body: {} }).catch(() => {});
      if (isOpen) await enter();
    },
    async say(text, files) {
      it.newAfter = null;
      await outbox.add({
        client_id: uuid7(), text, at: Date.now(), owner: owner(),
        files: files.map((file) => ({ client_id: uuid7(), name: file.name, file })),
      });
    },
    type() {
      prove();
      if (!it.session || Date.now() - typedAt < TYPING_EVERY) return;
      typedAt = Date.now();
      if (!bell.tell({ typing: 1 })) send("typing", {});
    },
    seen() {
      if (!it.session || it.log.last <= read) return;
      read = it.log.last;
      after("read", 500, () => send("read", { seq: read }));
      tellUnread();
    },
    async introduce(values, consent) {
      const { body } = await ask<Pick<Session, "visitor">>("PUT", "profile", { body: { values, consent } });
      const needs = body.visitor.needs.filter((name) => !(name in values));
      it.session!.visitor = { ...body.visitor, needs };
      draw();
      void outbox.run();
    },
    letter: async () => (await seldom()).letter(ask),
    async earlier() {
      it.log = await (await seldom()).earlier(async (seq) => (await since(seq, it.log.rev)).body, it.log, HISTORY);
      draw();
    },
  };
  const sync = makeSync({
    ask: async (seq, rev) => (await since(seq, rev)).body,
    log: () => it.log, took, failed: () => reach(false), isRinging: () => bell.isRinging(), later,
  });
  const bell = makeBell({ connect: () => new WebSocket(socketAddress), token: () => token ?? "", rang, turned: () => void sync.now(), later });

  function wake(): void {
    if (it.session) void outbox.run();
    if (!isOpen) return void count();
    tries = 0;
    if (!it.session) return void enter();
    bell.open();
    sync.begin();
  }

  /** Who proved who they are owns what they write; what a stranger wrote stays theirs when they sign in. */
  function owner(): string {
    return it.session?.visitor.verified ? `${visitor}` : "";
  }

  /** Who it is has to be known for what waits to leave. */
  async function tend(): Promise<void> {
    if (isOpen || (await store.all()).length) await enter();
  }

  async function enter(): Promise<void> {
    const turn = (entering += 1);
    const { identity, page } = it;
    try {
      const { body } = await call<Session>(null, "POST", "session", { body: { token, language, page, touches, identity: identity ?? undefined } });
      if (turn === entering) welcome(body);
    } catch (error) {
      if (turn !== entering) return;
      const { code, status, isLasting, wait } = error as Refusal;
      if (isLasting) {
        console.warn(error); // the shop's developers look there
        tell({ error: code });
      }
      if (code === "identity_refused" && identity) {
        it.identity = null;
        return await enter();
      }
      it.isRefused = isLasting;
      reach(status > 0);
      if (isLasting) return;
      after("enter", Math.max(wait * 1000, Math.min(LONGEST_PAUSE, 1000 * 2 ** tries++)), () => void enter());
    }
  }

  function welcome(session: Session): void {
    if (session.visitor.id !== visitor) {
      visitor = session.visitor.id;
      it.log = emptyLog(Math.max(0, session.seq - HISTORY));
      read = 0;
    }
    it.session = session;
    it.hours = session.hours;
    it.isRefused = false;
    token = session.token;
    bell.close(); // it rings for who it was opened by
    read = Math.max(read, session.read_seq);
    if (session.unread) it.newAfter = read;
    tell({ token, unread: session.unread });
    reach(true);
    wake();
  }

  function forget(): void {
    entering += 1;
    it.session = token = proof = visitor = it.newAfter = null;
    it.log = emptyLog();
    it.agentRead = read = unread = 0;
    etag = "";
    sync.end();
    bell.close();
  }

  function took(answer: Synced): void {
    const before = it.log.last;
    it.log = take(it.log, [...answer.lines, ...answer.changed ?? []], answer.rev);
    it.agentRead = Math.max(it.agentRead, answer.agent_read_seq);
    read = Math.max(read, answer.read_seq);
    it.hours = answer.hours;
    told(answer.typing);
    heard(before);
  }

  function delivered(line: Line): void {
    const before = it.log.last;
    it.log = take(it.log, [line]);
    heard(before);
    sync.rung(line.seq);
  }

  /** What is new after `before` is drawn, and told to the page. */
  function heard(before: number): void {
    const fresh = shown(it.log).filter(({ seq, from }) => seq > Math.max(before, read) && from === "agent");
    if (fresh.length) told(null);
    for (const { text, author } of fresh) tell({ message: { text, name: author?.name ?? "" } });
    reach(true);
    queueMicrotask(() => {
      // Drawn meanwhile: what is in sight has been seen.
      if (fresh.length && waiting()) {
        it.newAfter ??= fresh[0]!.seq - 1;
        arrived();
        draw();
      }
      tellUnread();
    });
  }

  function rang({ seq, rev, typing, read: agentRead }: Ring): void {
    sync.rung(seq, rev);
    if (typing !== undefined) told(typing);
    it.agentRead = Math.max(it.agentRead, agentRead ?? 0);
    draw();
  }

  function told(typing: { name: string } | null): void {
    it.typing = typing && typing.name;
    after("typing", TYPING_SHOWN, typing && (() => {
      it.typing = null;
      draw();
    }));
  }

  /** How many lines of the team's have not been read. */
  function waiting(): number {
    return shown(it.log).filter(({ seq, from }) => seq > read && from === "agent").length;
  }

  function tellUnread(now = waiting()): void {
    if (now !== unread) tell({ unread: now });
    unread = now;
  }

  /** While closed: how many lines wait, for the badge. */
  async function count(): Promise<void> {
    after("unread", UNREAD_EVERY, () => void count());
    if (isOpen || !token) return after("unread", 0, null);
    const found = await ask<{ unread: number }>("GET", "unread", { headers: { "If-None-Match": etag } }).catch(() => null);
    if (isOpen || found?.status !== 200) return;
    etag = found.etag ?? "";
    if (found.body.unread > unread) arrived();
    tellUnread(found.body.unread);
  }

  async function upload(file: Attachment): Promise<FileOfLine["id"]> {
    return (await seldom()).upload(token, file, (part) => {
      it.progress.set(file.client_id, part);
      draw();
    });
  }

  async function post(entry: Entry): Promise<Line> {
    prove();
    const { client_id, text } = entry;
    const body = { client_id, text, files: entry.files.map((file) => file.id), page: it.page, solution: (await proof) ?? undefined };
    try {
      return (await ask<{ line: Line }>("POST", "messages", { body })).body.line;
    } catch (error) {
      const { code, details } = error as Refusal;
      proof = code === "proof_needed" ? solved(details["challenge"]) : null;
      if (!proof) throw error;
      return await post(entry);
    }
  }

  /** What has to be answered first may be new, as may be its words: the session tells both. */
  function lacking(needs: string): void {
    if (needs !== lacks) void enter();
    lacks = needs;
  }

  /** Begin to show that this is no robot, while there is time. */
  function prove(): void {
    if (it.session?.challenge) proof ??= solved(it.session.challenge);
  }

  function since(seq: number, rev: number): Promise<Answer<Synced>> {
    return ask("GET", `sync?after_seq=${seq}&after_rev=${rev}`);
  }

  function send(path: string, body: object): void {
    ask("POST", path, { body }).catch(() => {});
  }

  async function ask<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
    const mine = token;
    if (!mine) throw new Refusal(0, "offline");
    try {
      const answer = await call<T>(mine, method, path, options);
      if (mine === token) return answer;
      throw new Refusal(408, ""); // it was for somebody else
    } catch (error) {
      const { status } = error as Refusal;
      if (status === 401 && mine === token) {
        forget();
        tell({ token });
        if (isOpen) void enter();
      }
      if (!status) reach(false);
      throw error;
    }
  }

  function reach(is: boolean): void {
    it.isReached = is;
    draw();
  }

  function after(name: string, milliseconds: number, task: (() => void) | null): void {
    stops[name]?.();
    delete stops[name];
    if (task) stops[name] = later(task, milliseconds);
  }

  return it;
}

const seldom = () => import("./seldom.ts");

/** The means are brought when they are needed: most who look in write nothing. */
async function solved(challenge: unknown): Promise<string> {
  return (await import("./proof.ts")).solve(challenge as Challenge);
}

function later(task: () => void, milliseconds: number): () => void {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
}
