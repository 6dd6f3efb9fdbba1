/** Where the outbox lies: IndexedDB, and the memory where a browser allows none to a frame on another's page. */

import type { Entry, Store } from "./outbox.ts";

const ENTRIES = "entries";

export function openStore(name: string): Store {
  const inMemory = new Map<string, Entry>();
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
    async all() {
      const kept = await ask("readonly", (entries) => entries.getAll() as IDBRequest<Entry[]>).catch(() => []);
      return [...kept.filter((entry) => !inMemory.has(entry.client_id)), ...inMemory.values()];
    },
    async put(entry) {
      try {
        await ask("readwrite", (entries) => entries.put(entry));
        inMemory.delete(entry.client_id);
      } catch {
        inMemory.set(entry.client_id, entry);
      }
    },
    async remove(clientId) {
      inMemory.delete(clientId);
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
