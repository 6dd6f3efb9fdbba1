/**
 * Where the outbox lies: IndexedDB. Where a browser allows none to a frame on another's page it is the memory,
 * and the page itself keeps the words of it, though not the files.
 */

import type { Entry, Store } from "./outbox.ts";

const ENTRIES = "entries";

export interface FrameStore extends Store {
  /** What the page has kept. */
  restore(entries: Entry[]): void;
}

export function openStore(name: string, keep: (entries: Entry[]) => void): FrameStore {
  const inMemory = new Map<string, Entry>();
  const kept = () => keep([...inMemory.values()].filter((entry) => !entry.files.length));
  const database = opened(name);
  const ask = async <T>(mode: IDBTransactionMode, request: (entries: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await database).transaction(ENTRIES, mode);
    const asked = request(transaction.objectStore(ENTRIES));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };
  return {
    restore(entries) {
      for (const entry of entries) inMemory.set(entry.client_id, entry);
    },
    async all() {
      const lasting = await ask("readonly", (entries) => entries.getAll() as IDBRequest<Entry[]>).catch(() => []);
      return [...lasting.filter((entry) => !inMemory.has(entry.client_id)), ...inMemory.values()];
    },
    async put(entry) {
      try {
        await ask("readwrite", (entries) => entries.put(entry));
        inMemory.delete(entry.client_id);
      } catch {
        inMemory.set(entry.client_id, entry);
        kept();
      }
    },
    async remove(clientId) {
      if (inMemory.delete(clientId)) kept();
      await ask("readwrite", (entries) => entries.delete(clientId)).catch(() => {});
    },
  };
}

function opened(name: string): Promise<IDBDatabase> {
  const database = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES, { keyPath: "client_id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  database.catch(() => {});
  return database;
}
