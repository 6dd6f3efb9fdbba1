/**
 * What the visitor wrote, until the server has it.
 *
 * An entry is kept before it is sent and forgotten after the server has answered; each has its own id, so
 * sending it again is harmless. Entries leave in their order. A lost connection is waited out with growing
 * pauses; an entry that is refused for good stays where it is until the visitor decides.
 */

import type { Refusal } from "./call.ts";
import { uuid7 } from "./ids.ts";
import type { FileOfLine, Line } from "./types.ts";

export interface Attachment {
  client_id: string;
  name: string;
  file: Blob;
  /** The server's, once it has the file. */
  id?: FileOfLine["id"] | undefined;
}

export interface Entry {
  client_id: string;
  text: string;
  files: Attachment[];
  at: number;
  /** Whose it is: the visitor's, where the shop had proved who that is, or nobody's. */
  owner: string;
  /** Why the server will never take it. */
  failed?: string;
}

export interface Store {
  all(): Promise<Entry[]>;
  put(entry: Entry): Promise<void>;
  remove(clientId: string): Promise<void>;
}

export interface OutboxPorts {
  store: Store;
  owner(): string;
  upload(attachment: Attachment): Promise<FileOfLine["id"]>;
  post(entry: Entry): Promise<Line>;
  delivered(line: Line): void;
  /** The server takes nothing until these are answered; `run` is called then. */
  lacking(needs: string): void;
  changed(): void;
  later(task: () => void, milliseconds: number): () => void;
  /** Runs the task while no other tab does. */
  alone(task: () => Promise<void>): Promise<void>;
}

const LONGEST_PAUSE = 60_000;

export interface Outbox {
  entries: Entry[];
  /** How often in a row the server was not reached. */
  tries: number;
  /** Keep an entry and send it as soon as that is possible. */
  add(entry: Entry): Promise<void>;
  retry(entry: Entry): Promise<void>;
  discard(...entries: Entry[]): Promise<void>;
  /** What is kept now, by this tab or another. */
  load(): Promise<void>;
  /** Send what waits, now. */
  run(): Promise<void>;
}

export function makeOutbox({ store, owner, upload, post, delivered, lacking, changed, later, alone }: OutboxPorts): Outbox {
  let [isRunning, isAskedAgain] = [false, false];
  let stop = () => {};

  async function load(): Promise<void> {
    const all = await store.all();
    box.entries = all.filter((entry) => !entry.owner || entry.owner === owner()).sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
    changed();
  }

  async function run(): Promise<void> {
    isAskedAgain = isRunning;
    if (isRunning) return;
    stop();
    isRunning = true;
    await alone(empty);
    isRunning = false;
    if (isAskedAgain) await run();
  }

  async function empty(): Promise<void> {
    await load();
    for (const entry of box.entries) {
      if (entry.failed !== undefined) continue;
      try {
        const line = await sent(entry);
        box.tries = 0;
        delivered(line);
        await store.remove(entry.client_id);
      } catch (error) {
        const { isLasting, message, wait, details } = error as Refusal;
        if (details["needs"]) return lacking(`${details["needs"]}`);
        if (!isLasting) return pause(wait);
        entry.failed = message;
        await store.put(entry);
      }
    }
    await load();
  }

  async function sent(entry: Entry): Promise<Line> {
    for (const attachment of entry.files) {
      if (attachment.id !== undefined) continue;
      attachment.id = await upload(attachment);
      await store.put(entry);
    }
    return await post(entry);
  }

  /** Later again: as the server asks, and ever later. */
  function pause(asked = 0): void {
    stop = later(() => void run(), Math.max(asked * 1000, Math.min(LONGEST_PAUSE, 1000 * 2 ** box.tries)));
    box.tries += 1;
    changed();
  }

  const box: Outbox = {
    entries: [],
    tries: 0,
    async add(entry) {
      box.entries = [...box.entries, entry];
      changed();
      await store.put(entry);
      await run();
    },
    async retry(entry) {
      delete entry.failed;
      // Perhaps it failed because the server has its files no more.
      for (const each of entry.files) [each.id, each.client_id] = [undefined, uuid7()];
      await store.put(entry);
      await run();
    },
    async discard(...entries) {
      for (const { client_id: id } of entries) await store.remove(id);
      await load();
    },
    load,
    run,
  };
  return box;
}
