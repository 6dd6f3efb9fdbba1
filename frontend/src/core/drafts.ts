/**
 * What is being written: two drafts per dialog, a reply and a comment, that never cross.
 *
 * Every keystroke is kept on this computer at once and on the server a little later. Another tab may
 * have saved a newer one; then both are kept until the agent has chosen.
 */

import { ApiError } from "./api.ts";
import type { Draft, DraftExtra, Mode } from "./types.ts";

export interface Content {
  text: string;
  html: string | null;
  extra: DraftExtra;
}

/** One draft as this page knows it. */
export interface Held extends Content {
  /** The server's revision ours is built on; 0 when it has none. */
  revision: number;
  /** Typed here and not yet on the server. */
  dirty: boolean;
  /** When it was last typed, and last kept by the server. */
  at: number;
  saved: number;
}

export interface DraftPorts {
  save(dialog: number, mode: Mode, content: Content & { revision: number }): Promise<{ revision: number }>;
  discard(dialog: number, mode: Mode): Promise<void>;
  keep(key: string, held: Held): Promise<void>;
  forget(key: string): Promise<void>;
  later(task: () => void, milliseconds: number): () => void;
  now(): number;
  /** The server writes this draft itself just now, because a reply is being taken back: ours waits for that. */
  waits(dialog: number, mode: Mode): boolean;
  /** Another tab's draft is newer; `theirs` is what the server holds. */
  conflict(dialog: number, mode: Mode, theirs: Draft): void;
}

const PAUSE = 800;
const RETRY = 5000;
const EMPTY: Content = { text: "", html: null, extra: {} };

export class Drafts {
  private held = new Map<string, Held>();
  private timers = new Map<string, () => void>();
  private saving = new Map<string, Promise<void>>();
  private conflicts = new Map<string, Draft>();
  /** The last revision of a draft that has been sent; what comes back goes on from there. */
  private sent = new Map<string, number>();

  constructor(private readonly ports: DraftPorts) {}

  /** What earlier pages kept on this computer. */
  restore(kept: [string, Held][]): void {
    for (const [key, held] of kept) {
      this.held.set(key, held);
      if (held.dirty) this.plan(key, PAUSE);
    }
  }

  /**
   * The draft to show: what was typed here if the server did not have it when it was asked, else the
   * server's. `asOf` is when it was asked.
   */
  open(dialog: number, mode: Mode, server: Draft | null, asOf: number): Content {
    const key = keyOf(dialog, mode);
    const mine = this.held.get(key);
    if (mine && (mine.dirty || mine.saved >= asOf || this.saving.has(key))) return mine;
    if (!server) {
      this.held.delete(key);
      return EMPTY;
    }
    const taken: Held = { ...server, dirty: false, at: this.ports.now(), saved: asOf };
    this.held.set(key, taken);
    return taken;
  }

  /** Whether something unsent stands here. */
  has(dialog: number, mode: Mode): boolean {
    return !isEmpty(this.held.get(keyOf(dialog, mode)) ?? EMPTY);
  }

  get(dialog: number, mode: Mode): Content {
    return this.held.get(keyOf(dialog, mode)) ?? EMPTY;
  }

  /** A keystroke. */
  edit(dialog: number, mode: Mode, content: Content): void {
    const key = keyOf(dialog, mode);
    const before = this.held.get(key);
    if (before && same(before, content)) return;
    if (!before && isEmpty(content)) return;
    const held: Held = { ...content, revision: before?.revision ?? 0, dirty: true, at: this.ports.now(), saved: before?.saved ?? 0 };
    this.held.set(key, held);
    void this.ports.keep(key, held);
    this.plan(key, PAUSE);
  }

  /** It has been sent, or thrown away: gone here and on the server, whatever is still under way. */
  clear(dialog: number, mode: Mode): void {
    const key = keyOf(dialog, mode);
    const before = this.held.get(key);
    this.stop(key);
    this.held.delete(key);
    this.conflicts.delete(key);
    this.sent.set(key, before?.revision ?? 0);
    void this.ports.forget(key);
    const last = this.saving.get(key);
    if (!last && !before?.revision) return;
    void Promise.resolve(last).then(() => {
      if (!this.held.has(key)) return this.ports.discard(dialog, mode).catch(() => undefined);
    });
  }

  /** Text comes back, from an undone or refused reply. What was typed meanwhile stays below it, with its files. */
  giveBack(dialog: number, mode: Mode, content: Content): Content {
    const now = this.get(dialog, mode);
    const joined = isEmpty(now) ? content : both(content, now);
    this.edit(dialog, mode, joined);
    this.adopt(dialog, mode, this.sent.get(keyOf(dialog, mode)) ?? 0);
    return joined;
  }

  /** The server has written this draft itself, out of what came back; ours is the newer one. */
  adopt(dialog: number, mode: Mode, revision: number): void {
    const key = keyOf(dialog, mode);
    const held = this.held.get(key);
    if (!held) return;
    const newer: Held = { ...held, revision: Math.max(held.revision, revision), dirty: true };
    this.held.set(key, newer);
    void this.ports.keep(key, newer);
    this.plan(key, PAUSE);
  }

  /** Which of two drafts shall live. Answers it. */
  choose(dialog: number, mode: Mode, which: "mine" | "theirs"): Content {
    const key = keyOf(dialog, mode);
    const theirs = this.conflicts.get(key);
    this.conflicts.delete(key);
    const mine = this.held.get(key);
    if (!theirs) return mine ?? EMPTY;
    const chosen: Held = which === "mine" && mine
      ? { ...mine, revision: theirs.revision, dirty: true }
      : { ...theirs, dirty: false, at: this.ports.now(), saved: this.ports.now() };
    this.held.set(key, chosen);
    void this.ports.keep(key, chosen);
    if (chosen.dirty) this.plan(key, 0);
    return chosen;
  }

  /** Save everything now, as when the page is left. */
  flush(): void {
    for (const [key, held] of this.held) if (held.dirty) this.plan(key, 0);
  }

  private plan(key: string, pause: number): void {
    if (this.conflicts.has(key)) return;
    this.stop(key);
    this.timers.set(key, this.ports.later(() => this.start(key), pause));
  }

  private stop(key: string): void {
    this.timers.get(key)?.();
    this.timers.delete(key);
  }

  private start(key: string): void {
    this.timers.delete(key);
    if (this.saving.has(key) || this.ports.waits(...partsOf(key))) return this.plan(key, PAUSE);
    const held = this.held.get(key);
    if (!held?.dirty) return;
    const task = this.push(key, held).finally(() => this.saving.delete(key));
    this.saving.set(key, task);
  }

  private async push(key: string, sent: Held): Promise<void> {
    const [dialog, mode] = partsOf(key);
    try {
      const { revision } = await this.ports.save(dialog, mode, sent);
      const now = this.held.get(key);
      if (!now) return;
      const saved: Held = { ...now, revision: Math.max(now.revision, revision), dirty: !same(now, sent), saved: this.ports.now() };
      this.held.set(key, saved);
      void this.ports.keep(key, saved);
      if (saved.dirty) this.plan(key, PAUSE);
    } catch (error) {
      this.failed(key, sent, error);
    }
  }

  private failed(key: string, sent: Held, error: unknown): void {
    const told = error instanceof ApiError && error.status === 409 ? (error.details["draft"] as Draft | undefined) : undefined;
    const theirs = told && { ...told, extra: told.extra ?? {} };
    const now = this.held.get(key);
    if (!now) return;
    if (!theirs) {
      if (!(error instanceof ApiError) || error.passing || error.status >= 500) this.plan(key, RETRY);
      return;
    }
    const [dialog, mode] = partsOf(key);
    if (now.revision >= theirs.revision || this.ports.waits(dialog, mode)) return this.adopt(dialog, mode, theirs.revision);
    if (same(theirs, now) || (same(theirs, sent) && now === sent)) {
      this.held.set(key, { ...now, revision: theirs.revision, dirty: !same(theirs, now) });
      return;
    }
    this.conflicts.set(key, theirs);
    this.ports.conflict(dialog, mode, theirs);
  }
}

export function isEmpty(content: Content): boolean {
  return content.text.trim() === "" && !content.html?.includes("<img") && (content.extra.attachments ?? []).length === 0;
}

function same(a: Content, b: Content): boolean {
  return a.text === b.text && (a.html ?? null) === (b.html ?? null) && JSON.stringify(a.extra) === JSON.stringify(b.extra);
}

function both(first: Content, second: Content): Content {
  const extra = { ...second.extra, ...first.extra };
  const files = [...(first.extra.attachments ?? []), ...(second.extra.attachments ?? [])];
  if (files.length > 0) extra.attachments = [...new Map(files.map((file) => [file.id, file])).values()];
  const called = [...(first.extra.mentions ?? []), ...(second.extra.mentions ?? [])];
  if (called.length > 0) extra.mentions = [...new Set(called)];
  if (first.text === second.text) return { ...first, extra };
  const html = first.html === null && second.html === null ? null : (first.html ?? paragraphs(first.text)) + (second.html ?? paragraphs(second.text));
  return { text: `${first.text}\n\n${second.text}`, html, extra };
}

function keyOf(dialog: number, mode: Mode): string {
  return `${dialog}:${mode}`;
}

function partsOf(key: string): [number, Mode] {
  const [dialog, mode] = key.split(":");
  return [Number(dialog), mode as Mode];
}

function paragraphs(text: string): string {
  const safe = text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign);
  return safe.split(/\n{2,}/).map((part) => `<p>${part.replaceAll("\n", "<br>")}</p>`).join("");
}
