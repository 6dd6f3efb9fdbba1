/**
 * The service worker: the bundle's files are kept on the computer, and a push wakes somebody up.
 *
 * Pages and answers of the API are never kept: they hold what customers wrote.
 */

declare const self: ServiceWorkerGlobalScope;

const CACHE = "bundle-1";
const MOST = 160;
const BUNDLE = "/static/dist/";

/** What the server puts into a push. */
interface Push {
  title: string;
  body: string;
  dialog_id: number | null;
  unread: number;
}

self.addEventListener("install", () => void self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil(begin()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const ours = origin === self.location.origin && pathname.startsWith(BUNDLE) && !pathname.endsWith("manifest.json");
  if (ours && event.request.method === "GET") event.respondWith(kept(event.request));
});

self.addEventListener("push", (event) => {
  const push = (event.data?.json() ?? {}) as Partial<Push>;
  event.waitUntil(show(push));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { dialog_id: dialog } = event.notification.data as Partial<Push>;
  event.waitUntil(open(dialog ? `/inbox/${dialog}` : "/inbox"));
});

async function begin(): Promise<void> {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

/** A file's name holds a hash of what is in it, so a kept one is always right. */
async function kept(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    void trim(cache);
  }
  return answer;
}

/** Files of old releases go first. */
async function trim(cache: Cache): Promise<void> {
  const requests = await cache.keys();
  for (const request of requests.slice(0, Math.max(0, requests.length - MOST))) await cache.delete(request);
}

async function show(push: Partial<Push>): Promise<void> {
  const tag = push.dialog_id ? `dialog-${push.dialog_id}` : "emptyfeed";
  await self.registration.showNotification(push.title ?? "Emptyfeed", { body: push.body ?? "", tag, data: push });
  if (push.unread !== undefined) await self.navigator.setAppBadge?.(push.unread);
}

/** A window that is open already shows the dialog; otherwise a new one opens. */
async function open(address: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window" });
  const ours = windows.find((client) => new URL(client.url).pathname.startsWith("/inbox"));
  if (!ours) return void (await self.clients.openWindow(address));
  await ours.focus();
  await ours.navigate(address);
}

export {};
