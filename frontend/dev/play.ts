/**
 * The inbox on its own: our screen over a small server in memory, for trying things out.
 *
 *   deno task play [--port=5180] [--language=en] [--live]     then open http://127.0.0.1:5180/inbox
 *
 * It speaks the API's shapes and sends the page's real Content-Security-Policy, but it is no
 * server: nothing is kept, nothing is sent. With --live a customer writes every few seconds.
 */

import { belongs, compare } from "../src/core/feed.ts";
import type { CommentEntry, Counts, Draft, EventItem, MessageEntry, Row, View } from "../src/core/types.ts";
import * as data from "./data.ts";
import { picture, sound } from "./group.ts";

const option = (name: string, otherwise: string) => Deno.args.find((one) => one.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise;
const port = Number(option("port", "5180"));
const language = option("language", "ru");
const role = option("role", "owner");
const DIST = new URL("../../app/static/dist/", import.meta.url);

const rows = new Map(data.rows.map((row) => [row.id, row]));
const drafts = new Map<string, Draft>();
const sockets = new Set<WebSocket>();
let seq = 100;
let signedOut = false;
let broken = 0;

const me = { ...data.agents[0]!, role: role as "owner" };

Deno.serve({ port, hostname: "127.0.0.1", onListen: () => console.log(`http://127.0.0.1:${port}/inbox`) }, async (request) => {
  const url = new URL(request.url);
  if (url.pathname.startsWith("/socket.io")) return connect(request);
  if (url.pathname.startsWith("/static/dist/")) return await file(url.pathname.slice("/static/dist/".length));
  if (url.pathname === "/sw.js") return await file("sw.js");
  if (url.pathname.startsWith("/play/")) return play(url);
  if (url.pathname.startsWith("/api/")) return await api(request, url);
  if (url.pathname.startsWith("/login")) {
    signedOut = false;
    return new Response("<p>Logged in again. Close this tab.</p>", { headers: { "Content-Type": "text/html" } });
  }
  return await page(url);
});
if (Deno.args.includes("--live")) setInterval(customerWrites, 4000);

async function page(url: URL): Promise<Response> {
  const manifest = JSON.parse(await Deno.readTextFile(new URL("manifest.json", DIST)));
  const entry = manifest["src/inbox/main.ts"];
  const nonce = crypto.randomUUID();
  const styles = [...(entry.css ?? []), ...(entry.imports ?? []).flatMap((key: string) => manifest[key].css ?? [])];
  const start = { ...startOf(viewOf(url)), catalogue_url: `/static/dist/${manifest[`i18n/${language}.json`].file}` };
  const policy = `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self' ws://127.0.0.1:${port}; frame-src 'self'; media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html emptyfeed ProseMirrorClipboard`;
  const html = `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta property="csp-nonce" nonce="${nonce}"><title>Emptyfeed</title><link rel="icon" href="/static/dist/icons.svg">${styles.map((name) => `<link rel="stylesheet" href="/static/dist/${name}">`).join("")}
<script type="application/json" id="start">${JSON.stringify(start).replaceAll("<", "\\u003c")}</script><script type="module" nonce="${nonce}" src="/static/dist/${entry.file}"></script></head><body><div id="inbox"></div></body></html>`;
  return new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy } });
}

function startOf(view: View) {
  return {
    me, agents: data.agents, teams: data.teams, channels: data.channels, tags: data.tags, workspace: { name: "Лента", languages: ["ru", "en", "es"], zone: "Europe/Moscow" },
    csrf: "token", upto: seq, server_time: new Date().toISOString(), language, zone: "Europe/Moscow", view, feed: feed(view, null, 100), counts: counts(),
    settings: { single_keys: true, keys: {}, density: "comfortable", theme: "system", after_complete: "next", signature: "" },
    signatures: { usual: "С уважением,\nМария Соколова\nСлужба заботы, +7 495 000-00-00", teams: {} },
    roles: { can_reply: role !== "collaborator", can_manage_channels: true, can_manage_team: true }, demo_offer: false,
  };
}

function viewOf(url: URL): View {
  const number = (name: string) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : null);
  return { state: (url.searchParams.get("state") ?? "open") as View["state"], whose: (url.searchParams.get("whose") ?? "mine") as View["whose"], channel: number("channel"), tag: number("tag") };
}

function feed(view: View, after: string | null, limit: number) {
  const all = [...rows.values()].filter((row) => belongs(row, view, me.id)).sort((a, b) => compare(a, b, view.state));
  const from = Number(after ?? 0);
  return { rows: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null, upto: seq };
}

function counts(): Counts {
  const of = (test: (row: Row) => boolean) => Math.min(100, [...rows.values()].filter(test).length);
  const open = (row: Row) => row.state === "open" && !row.spam;
  const snoozed = [...rows.values()].filter((row) => row.state === "snoozed").map((row) => row.snooze_until ?? "").sort();
  return {
    open: { all: of(open), mine: of((row) => open(row) && row.assignee_id === me.id), unassigned: of((row) => open(row) && row.assignee_id === null) },
    snoozed: { all: snoozed.length, mine: snoozed.length },
    channels: Object.fromEntries(data.channels.map((one) => [one.id, of((row) => open(row) && row.channel_id === one.id)])),
    tags: Object.fromEntries(data.tags.map((one) => [one.id, of((row) => open(row) && row.tags.includes(one.id))])),
    today: { completed: 31 + of((row) => row.state === "completed"), first_answer_minutes: 6 }, returning: { next_at: snoozed[0] ?? null, count: snoozed.length },
  };
}

async function api(request: Request, url: URL): Promise<Response> {
  if (signedOut) return problem(401, "signed_out", "");
  if (broken > 0 && request.method !== "GET") {
    broken -= 1;
    return problem(500, "unknown", "");
  }
  const path = url.pathname.slice(4);
  const body = request.method === "GET" || path === "/uploads" ? {} : await request.json().catch(() => ({}));
  const verb = /^\/dialogs\/(\d+)(?:\/(\w+))?(?:\/(\w+))?$/.exec(path);
  if (path === "/start") return json(startOf(viewOf(url)));
  if (path === "/feed") return json(feed(viewOf(url), url.searchParams.get("after"), Number(url.searchParams.get("limit") ?? 100)));
  if (path === "/counts") return json(counts());
  if (path === "/tags") return json({ tags: data.tags });
  if (path === "/agents") return json({ agents: data.agents });
  if (path === "/events") return json({ after: seq, upto: seq, items: [], server_time: new Date().toISOString(), reset: false });
  if (path === "/search") return json(search(url.searchParams.get("q") ?? ""));
  if (path === "/notifications") return json({ notifications: data.told, unread: data.told.filter((one) => !one.read).length, next: null });
  if (path === "/notifications/read") return readTold(body);
  if (path === "/uploads") return json({ id: data.newId(), name: (await request.formData()).get("file") instanceof File ? "файл.pdf" : "", mime: "application/pdf", size: 120_000, kind: "file", preview: null });
  if (path.startsWith("/messages/")) return messageVerb(path, body);
  if (path === "/dialogs") return newDialog(body);
  if (!verb) return json({});
  const row = rows.get(Number(verb[1]));
  if (!row) return problem(404, "not_found", "Этого диалога больше нет.");
  return dialog(request.method, row, verb[2], verb[3], body);
}

function readTold(body: Record<string, unknown>): Response {
  const ids = (body["ids"] as number[] | undefined) ?? [];
  for (const one of data.told) if (ids.includes(one.id) || one.topic === `dialog:${body["dialog_id"]}`) one.read = true;
  return json({});
}

function dialog(method: string, row: Row, verb: string | undefined, more: string | undefined, body: Record<string, unknown>): Response {
  const at = new Date().toISOString();
  if (verb === undefined) {
    const kept = (mode: string) => drafts.get(`${row.id}:${mode}`) ?? null;
    return json({ dialog: row, customer: data.customers.get(row.customer.id), timeline: data.timelines.get(row.id), before: null, drafts: { reply: kept("reply"), comment: kept("comment") }, participants: [], viewers: [], upto: seq });
  }
  if (verb === "drafts") {
    const key = `${row.id}:${more}`;
    if (method === "DELETE") return drafts.delete(key), json({});
    const revision = Number(body["revision"]) + 1;
    drafts.set(key, { text: String(body["text"]), html: body["html"] as string | null, revision, extra: body["extra"] as Draft["extra"] });
    return json({ revision });
  }
  if (verb === "read") return change(row, { unread: false }, "");
  if (verb === "complete") return change(row, { state: "completed", completed_at: at, snooze_until: null }, "dialog.completed");
  if (verb === "reopen" || verb === "unsnooze") return change(row, { state: "open", completed_at: null, snooze_until: null }, "dialog.reopened");
  if (verb === "snooze") return change(row, { state: "snoozed", snooze_until: (body["until"] as string | null) ?? new Date(Date.now() + 9e8).toISOString(), snooze_mode: body["mode"] as Row["snooze_mode"], snoozed_by: me.id }, "dialog.snoozed");
  if (verb === "assign") return change(row, { assignee_id: body["agent_id"] as number | null, team_id: (body["team_id"] as number | undefined) ?? null }, "dialog.assigned", { to: body["agent_id"] });
  if (verb === "spam") return change(row, { spam: Boolean(body["spam"]) }, "dialog.marked_spam");
  if (verb === "tags") return tag(method, row, more, body);
  if (verb === "comments") return comment(row, body);
  if (verb === "replies") return reply(row, body);
  return json({});
}

function tag(method: string, row: Row, id: string | undefined, body: Record<string, unknown>): Response {
  if (method === "DELETE") return change(row, { tags: row.tags.filter((one) => one !== Number(id)) }, "dialog.untagged", { tag_id: Number(id) });
  let chosen = data.tags.find((one) => one.id === body["tag_id"] || one.name === body["name"]);
  if (!chosen) data.tags.push((chosen = { id: data.newId(), name: String(body["name"]), weight: 0, colour: "" }));
  return change(row, { tags: [...new Set([...row.tags, chosen.id])] }, "dialog.tagged", { tag_id: chosen.id });
}

function comment(row: Row, body: Record<string, unknown>): Response {
  const entry: CommentEntry = { type: "comment", id: data.newId(), at: new Date().toISOString(), author: { kind: "agent", id: me.id, name: me.name }, text: String(body["text"]), html_text: null, mentions: body["mentions"] as number[], attachments: [], client_uuid: String(body["client_uuid"]) };
  data.timelines.get(row.id)?.push(entry);
  announce("comment.added", row);
  return json({ row, entry, inverse: null, upto: seq });
}

function reply(row: Row, body: Record<string, unknown>): Response {
  const entry: MessageEntry = {
    ...data.message("out", String(body["text"]), new Date().toISOString(), { name: row.customer.name, subject: row.subject, channel: row.channel_id }),
    state: "held", client_uuid: String(body["client_uuid"]), send_after: (body["send_after"] as string | null) ?? new Date(Date.now() + 8000).toISOString(),
  };
  data.timelines.get(row.id)?.push(entry);
  const then: Record<string, Partial<Row>> = { complete: { state: "completed", completed_at: entry.at }, snooze_until_reply: { state: "snoozed", snooze_mode: "until_reply", snooze_until: new Date(Date.now() + 9e8).toISOString() } };
  Object.assign(row, then[String(body["then"])] ?? {}, { last_direction: "out", last_author: me.name, preview: entry.text.slice(0, 200), last_message_at: entry.at });
  announce("message.queued", row);
  for (const [state, wait] of [["sending", 8000], ["sent", 9000], ["delivered", 11_000]] as const) {
    setTimeout(() => {
      if (entry.state === null) return;
      Object.assign(entry, { state, send_after: null });
      announce(`message.${state}`, row);
    }, wait);
  }
  return json({ row, entry, inverse: null, upto: seq });
}

function messageVerb(path: string, body: Record<string, unknown>): Response {
  const [, id, verb] = /^\/messages\/(\d+)\/([\w-]+)/.exec(path) ?? [];
  if (verb === "versions") return json({ versions: [{ text: "Адрес: Лесная, 41", said_at: data.ago(54) }] });
  if (verb === "html") return new Response(LETTER, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox allow-popups" } });
  for (const [dialogId, entries] of data.timelines) {
    const index = entries.findIndex((entry) => entry.type === "message" && entry.id === Number(id));
    const entry = entries[index];
    const row = rows.get(dialogId);
    if (entry?.type !== "message" || !row) continue;
    if (verb === "undo") {
      entries.splice(index, 1);
      entry.state = null;
      Object.assign(row, { state: "open", completed_at: null, snooze_until: null });
      announce("message.undone", row);
      return json({ row, entry: null, draft: { text: entry.text, html: null, revision: 1, extra: {} }, upto: seq });
    }
    Object.assign(entry, { state: body["as"] === "sent" ? "sent" : "queued", error: null });
    Object.assign(row, { failed: false });
    announce("message.queued", row);
    return json({ row, entry, inverse: null, upto: seq });
  }
  return problem(404, "not_found", "");
}

function newDialog(body: Record<string, unknown>): Response {
  const id = data.newId();
  const to = (body["to"] as { address: string; name: string }[])[0]!;
  const row: Row = { ...(rows.get(2) as Row), id, customer: { id, name: to.name || to.address }, subject: String(body["subject"]), preview: String(body["text"]), last_direction: "out", last_author: me.name, unread: false, feed_at: new Date().toISOString(), last_message_at: new Date().toISOString() };
  rows.set(id, row);
  data.customers.set(id, { ...data.customers.get(2)!, id, name: row.customer.name });
  data.timelines.set(id, []);
  return reply(row, body);
}

function search(words: string) {
  const found = [...rows.values()].filter((row) => `${row.customer.name} ${row.subject} ${row.preview}`.toLowerCase().includes(words.toLowerCase()));
  return { rows: found.slice(0, 50), next: null, upto: seq, hits: {} };
}

function change(row: Row, set: Partial<Row>, kind: string, details: Record<string, unknown> = {}): Response {
  Object.assign(row, set);
  if (kind) {
    data.timelines.get(row.id)?.push({ type: "event", id: `e${data.newId()}`, at: new Date().toISOString(), kind, actor: { id: me.id, name: me.name }, cause: null, details });
    announce(kind, row);
  }
  return json({ row, entry: null, inverse: null, upto: seq });
}

function customerWrites(): void {
  const open = [...rows.values()].filter((row) => row.state !== "completed");
  const row = open[Math.floor(Math.random() * open.length)];
  if (!row) return;
  const entry = data.message("in", "И ещё вопрос: можно ли оплатить при получении?", new Date().toISOString(), { name: row.customer.name, subject: row.subject, channel: row.channel_id });
  data.timelines.get(row.id)?.push(entry);
  Object.assign(row, { state: "open", preview: entry.text, last_direction: "in", last_author: row.customer.name, last_message_at: entry.at, feed_at: entry.at, snooze_until: null });
  announce("message.received", row);
}

/** Things to try: /play/write, /play/burst?n=200, /play/signout, /play/break?n=3, /play/typing?dialog=1 */
function play(url: URL): Response {
  const what = url.pathname.slice(6);
  const n = Number(url.searchParams.get("n") ?? 1);
  if (what === "picture") return picture(n);
  if (what === "sound") return sound();
  if (what === "film") return problem(404, "not_found", "");
  if (what === "write") customerWrites();
  if (what === "burst") for (let index = 0; index < n; index += 1) customerWrites();
  if (what === "signout") signedOut = true;
  if (what === "break") broken = n;
  if (what === "cut") for (const socket of sockets) socket.close();
  if (what === "typing") say("presence", { dialog_id: Number(url.searchParams.get("dialog") ?? 1), agents: [{ id: 2, typing: true }, { id: 3, typing: false }] });
  return new Response(what);
}

function announce(kind: string, row: Row): void {
  seq += 1;
  const { unread: _unread, ...seen } = row;
  const item: EventItem = { seq, kind, topic: `dialog:${row.id}`, at: new Date().toISOString(), actor_id: me.id, details: {}, row: seen };
  say("frame", { audience: "everyone", after: seq - 1, upto: seq, items: [item] });
}

function say(name: string, what: unknown): void {
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(`42${JSON.stringify([name, what])}`);
}

/** As much of Engine.IO 4 and Socket.IO 5 as one browser needs. */
function connect(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => socket.send(`0${JSON.stringify({ sid: crypto.randomUUID(), upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`);
  socket.onmessage = ({ data: told }) => {
    if (String(told).startsWith("40")) {
      socket.send(`40${JSON.stringify({ sid: crypto.randomUUID() })}`);
      sockets.add(socket);
    }
  };
  socket.onclose = () => sockets.delete(socket);
  const ping = setInterval(() => (socket.readyState === WebSocket.OPEN ? socket.send("2") : clearInterval(ping)), 25_000);
  return response;
}

async function file(name: string): Promise<Response> {
  const kinds: Record<string, string> = { js: "text/javascript", css: "text/css", svg: "image/svg+xml", json: "application/json", woff2: "font/woff2" };
  const bytes = await Deno.readFile(new URL(name, DIST)).catch(() => null);
  return bytes ? new Response(bytes, { headers: { "Content-Type": kinds[name.split(".").at(-1) ?? ""] ?? "text/plain", "Cache-Control": "no-cache" } }) : new Response("", { status: 404 });
}

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
}

function problem(status: number, code: string, text: string): Response {
  return new Response(JSON.stringify({ error: { code, message: text, field: null, details: {} } }), { status, headers: { "Content-Type": "application/json" } });
}

const LETTER = `<!doctype html><meta charset="utf-8"><style>body{font:14px/1.5 system-ui;margin:16px;color-scheme:light dark}table{border-collapse:collapse}td{border:1px solid #8888;padding:6px 12px}</style>
<p>Карта отклоняется на последнем шаге. Пробовал две разные, банк говорит, что у них всё в порядке.</p><table><tr><td>Карта</td><td>Ответ</td></tr><tr><td>•• 4417</td><td>05 Do not honor</td></tr><tr><td>•• 9020</td><td>05 Do not honor</td></tr></table><p>Что делать?</p>`;
