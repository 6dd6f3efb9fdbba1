/** What this computer keeps for an agent: unsent commands and drafts, in IndexedDB. */

import type { Held } from "../core/drafts.ts";
import type { Command } from "../core/outbox.ts";
import type { BegunLetter } from "./begun.ts";
import type { Unsaved } from "../core/unsaved.ts";
import type { Changed } from "./changes.svelte.ts";

type Shelf = "outbox" | "drafts";

interface Kept {
  command: Command;
  tab: string;
}

/** Words on customers' cards, changes of messages and new letters lie among the drafts, each under what it is about. */
const CARD = "card:";
const CHANGE = "change:";
const COMPOSED = "composed:";

/** A tab holds a lock named after itself as long as it lives, so that another can tell what was left behind. */
const TAB = crypto.randomUUID();

export class Store {
  private base: Promise<IDBDatabase | null>;

  constructor(agent: number) {
    this.base = openBase(`emptyfeed-${agent}`);
    void navigator.locks?.request(`tab-${TAB}`, () => new Promise(() => {}));
  }

  saveCommand = (command: Command): Promise<void> => this.put("outbox", command.id, { command, tab: TAB } satisfies Kept);
  forgetCommand = (id: string): Promise<void> => this.delete("outbox", id);
  keepDraft = (key: string, held: Held): Promise<void> => this.put("drafts", key, held);
  forgetDraft = (key: string): Promise<void> => this.delete("drafts", key);

  keepCard = (customer: number, unsaved: Unsaved | null): Promise<void> => this.keep(CARD + customer, unsaved);
  keepChange = (message: number, changed: Changed | null): Promise<void> => this.keep(CHANGE + message, changed);

  keepLetter = (id: string, letter: BegunLetter | null): Promise<void> => this.keep(COMPOSED + id, letter && { letter, tab: TAB });

  /** Commands of tabs that are gone; they are ours from now on. */
  async leftBehind(): Promise<Command[]> {
    const kept = (await this.all<Kept>("outbox")).map(([, value]) => value);
    const orphans = await orphaned(kept);
    await Promise.all(orphans.map((one) => this.saveCommand(one.command)));
    return orphans.map((one) => one.command);
  }

  /** New letters of tabs that are gone, likewise. */
  async letters(): Promise<BegunLetter[]> {
    const kept = (await this.all<{ letter: BegunLetter; tab: string }>("drafts")).filter(([key]) => key.startsWith(COMPOSED));
    const orphans = await orphaned(kept.map(([, value]) => value));
    await Promise.all(orphans.map((one) => this.keepLetter(one.letter.id, one.letter)));
    return orphans.map((one) => one.letter);
  }

  async drafts(): Promise<[string, Held][]> {
    return (await this.all<Held>("drafts")).filter(([key]) => !/^c/.test(key));
  }

  cards(): Promise<[number, Unsaved][]> {
    return this.under(CARD);
  }

  changes(): Promise<[number, Changed][]> {
    return this.under(CHANGE);
  }

  private keep(key: string, value: unknown): Promise<void> {
    return value ? this.put("drafts", key, value) : this.delete("drafts", key);
  }

  private async under<Value>(shelf: string): Promise<[number, Value][]> {
    const kept = (await this.all<Value>("drafts")).filter(([key]) => key.startsWith(shelf));
    return kept.map(([key, value]) => [Number(key.slice(shelf.length)), value]);
  }

  private async put(shelf: Shelf, key: string, value: unknown): Promise<void> {
    await this.ask(shelf, "readwrite", (store) => store.put(structuredClone(value), key));
  }

  private async delete(shelf: Shelf, key: string): Promise<void> {
    await this.ask(shelf, "readwrite", (store) => store.delete(key));
  }

  private async all<Value>(shelf: Shelf): Promise<[string, Value][]> {
    const keys = (await this.ask(shelf, "readonly", (store) => store.getAllKeys())) ?? [];
    const values = (await this.ask(shelf, "readonly", (store) => store.getAll())) ?? [];
    return keys.map((key, index) => [String(key), values[index] as Value]);
  }

  /** A private window or a full disk has no store; then memory must do, and typing goes on. */
  private async ask<Answer>(
    shelf: Shelf,
    mode: IDBTransactionMode,
    task: (store: IDBObjectStore) => IDBRequest<Answer>,
  ): Promise<Answer | null> {
    const base = await this.base;
    if (!base) return null;
    return await new Promise((resolve) => {
      const request = task(base.transaction(shelf, mode).objectStore(shelf));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    });
  }
}

async function orphaned<Thing extends { tab: string }>(kept: Thing[]): Promise<Thing[]> {
  const locks = (await navigator.locks?.query())?.held ?? [];
  const alive = new Set(locks.map((lock) => lock.name));
  return kept.filter((one) => !alive.has(`tab-${one.tab}`));
}

function openBase(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("outbox");
        request.result.createObjectStore("drafts");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
