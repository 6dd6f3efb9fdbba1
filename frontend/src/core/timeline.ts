/** A dialog's messages, comments and events as one story. */

import type { DialogPage, Entry, EventEntry, MessageEntry } from "./types.ts";

/** What the timeline draws: an entry, and what stands above it. */
export interface Piece {
  key: string;
  entry: Entry;
  /** A new day begins here. */
  day: boolean;
  /** The same voice goes on: no name above the bubble. */
  joined: boolean;
  /** Further tags that the same person put on in one go; they share the line. */
  more: EventEntry[];
}

const TOGETHER = 5 * 60_000;

/** Entries that mean the same thing are one: the server's word replaces our guess. */
export function merge(known: Entry[], fresh: Entry[]): Entry[] {
  const found = new Map<string, Entry>();
  for (const entry of [...known, ...fresh]) found.set(keyOf(entry), entry);
  return [...found.values()].sort(inOrder);
}

/** The server's entries without those being taken back, and with the guesses that it has not confirmed yet at the end. */
export function withGuesses(all: Entry[], guesses: Entry[], hidden: ReadonlySet<string> = new Set()): Entry[] {
  const known = hidden.size === 0 ? all : all.filter((entry) => entry.type === "event" || !hidden.has(entry.client_uuid ?? ""));
  if (guesses.length === 0) return known;
  const confirmed = new Set(known.map((entry) => (entry.type === "event" ? null : (entry.client_uuid ?? null))));
  return [...known, ...guesses.filter((entry) => entry.type !== "event" && !confirmed.has(entry.client_uuid ?? null))];
}

/**
 * Day lines and joined bubbles; `dayOf` says which day an instant belongs to.
 *
 * A piece that is as it was `earlier` is that very object: what has not changed is not drawn again.
 */
export function pieces(entries: Entry[], dayOf: (at: string) => string, earlier: Piece[] = []): Piece[] {
  const known = new Map(earlier.map((piece) => [piece.key, piece]));
  return arranged(entries, dayOf).map((piece) => {
    const old = known.get(piece.key);
    return old && samePiece(old, piece) ? old : piece;
  });
}

function arranged(entries: Entry[], dayOf: (at: string) => string): Piece[] {
  const found: Piece[] = [];
  let before: Entry | null = null;
  for (const entry of entries) {
    const day: boolean = before === null || dayOf(before.at) !== dayOf(entry.at);
    const last = found.at(-1);
    if (!day && last && before && entry.type === "event" && sameTagging(before, entry)) last.more.push(entry);
    else found.push({ key: keyOf(entry), entry, day, joined: !day && before !== null && sameVoice(before, entry), more: [] });
    before = entry;
  }
  return found;
}

export function keyOf(entry: Entry): string {
  if (entry.type === "event") return entry.id;
  return entry.client_uuid ? `u${entry.client_uuid}` : `${entry.type}${entry.id}`;
}

/** The newest message the reader has seen, for "read" and for "has something newer come?". */
export function newestMessage(entries: Entry[]): MessageEntry | null {
  return entries.findLast((entry): entry is MessageEntry => entry.type === "message" && entry.id > 0) ?? null;
}

/** What colleagues have answered since a message; null means that nothing was begun then. */
export function answersSince(entries: Entry[], since: number | null, me: number): MessageEntry[] {
  if (since === null) return [];
  return entries.filter((entry): entry is MessageEntry => entry.type === "message" && entry.direction === "out" && entry.id > since && entry.author.kind === "agent" && entry.author.id !== me);
}

/** The newest letter to answer: the customer's last, else ours. */
export function answerable(entries: Entry[]): MessageEntry | null {
  const messages = entries.filter((entry): entry is MessageEntry => entry.type === "message" && entry.id > 0);
  return messages.findLast((message) => message.direction === "in" && message.klass === "human") ??
    messages.findLast((message) => message.direction === "in") ?? messages.at(-1) ?? null;
}

/** A page loaded again keeps the older entries that were already fetched, and those that have not changed as they are. */
export function refreshed(old: DialogPage | undefined, loaded: DialogPage): DialogPage {
  const first = loaded.timeline[0];
  if (!old || !first) return loaded;
  const fresh = { ...loaded, timeline: unchanged(old.timeline, loaded.timeline), ours: [...new Set([...(old.ours ?? []), ...(loaded.ours ?? [])])] };
  const older = old.timeline.filter((entry) => inOrder(entry, first) < 0);
  const meets = old.timeline.some((entry) => inOrder(entry, first) >= 0);
  return older.length > 0 && meets ? { ...fresh, timeline: merge(older, fresh.timeline), before: old.before } : fresh;
}

function unchanged(known: Entry[], fresh: Entry[]): Entry[] {
  const found = new Map(known.map((entry) => [keyOf(entry), entry]));
  return fresh.map((entry) => {
    const old = found.get(keyOf(entry));
    return old && JSON.stringify(old) === JSON.stringify(entry) ? old : entry;
  });
}

function samePiece(a: Piece, b: Piece): boolean {
  return a.entry === b.entry && a.day === b.day && a.joined === b.joined && a.more.length === b.more.length && a.more.every((entry, index) => entry === b.more[index]);
}

function inOrder(a: Entry, b: Entry): number {
  return Date.parse(a.at) - Date.parse(b.at) || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0) || numeric(a) - numeric(b);
}

function numeric(entry: Entry): number {
  return typeof entry.id === "number" ? entry.id : Number(entry.id.replace(/\D/g, ""));
}

function sameTagging(a: Entry, b: EventEntry): boolean {
  return a.type === "event" && a.kind === "dialog.tagged" && b.kind === "dialog.tagged" && a.actor?.id === b.actor?.id &&
    Date.parse(b.at) - Date.parse(a.at) < TOGETHER;
}

function sameVoice(a: Entry, b: Entry): boolean {
  if (a.type !== b.type || a.type === "event" || b.type === "event") return false;
  if (a.type === "message" && b.type === "message" && a.direction !== b.direction) return false;
  return a.author.id === b.author.id && a.author.name === b.author.name && Date.parse(b.at) - Date.parse(a.at) < TOGETHER;
}
