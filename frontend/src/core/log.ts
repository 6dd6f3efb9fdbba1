/**
 * The event log as the browser hears it.
 *
 * Frames are a doorbell: each audience has its own chain of `after → upto`, and a frame that does
 * not join the chain means something was missed. Then, and after every sleep or reconnect, the
 * server's record is asked. An event may come by several audiences and is applied once. However
 * many come, the screen is told once per paint.
 */

import type { EventItem, EventsAnswer, Frame } from "./types.ts";

export interface LogPorts {
  /** GET /api/events?after= */
  ask(after: number): Promise<EventsAnswer>;
  /** New events at once, each once: what they outdate may be asked for while the screen waits for its paint. */
  heed(items: EventItem[]): void;
  /** The same events before a paint, oldest first. */
  apply(items: EventItem[]): void;
  /** Too much was missed: load everything anew (drafts stay). */
  reset(): Promise<void> | void;
  /** Runs `paint` before the next frame; requestAnimationFrame in a browser. */
  schedule(paint: () => void): void;
  /** Runs `task` after some milliseconds; answers what ends it. */
  later(task: () => void, milliseconds: number): () => void;
  /** Time from a server answer, for the clock. */
  heard?(serverTime: string): void;
}

const REMEMBERED = 20_000;
const QUEUED = 500;
const CROWD = 20;
const CROWD_REST = 500;
const RETRY = [1000, 2000, 5000, 10_000];

export class Log {
  private chains = new Map<string, number>();
  private floor: number;
  private seen = new Set<number>();
  private queue: Frame[] = [];
  private fresh: EventItem[] = [];
  private painting = false;
  private asking: Promise<void> | null = null;
  private askAgain = false;
  private failures = 0;
  private stopRetry: (() => void) | null = null;

  constructor(
    upto: number,
    private readonly ports: LogPorts,
  ) {
    this.floor = upto;
  }

  /** The newest number up to which nothing is missing, whoever the audience. */
  get upto(): number {
    let least = Infinity;
    for (const upto of this.chains.values()) least = Math.min(least, upto);
    return Math.max(this.floor, Number.isFinite(least) ? least : this.floor);
  }

  /** A frame has come in by the socket. */
  frame(frame: Frame): void {
    if (this.asking) {
      this.queue.push(frame);
      return;
    }
    if (!this.join(frame)) {
      this.queue.push(frame);
      if (!this.stopRetry) void this.catchUp();
    }
  }

  /** Ask for what was missed: after a gap, a reconnect, a sleep, or a tab shown again. */
  catchUp(): Promise<void> {
    if (this.asking) {
      this.askAgain = true;
      return this.asking;
    }
    this.stopRetry?.();
    this.stopRetry = null;
    this.asking = this.askUntilWhole().finally(() => {
      this.asking = null;
      this.drain();
    });
    return this.asking;
  }

  private tryLater(): void {
    const pause = RETRY[Math.min(this.failures, RETRY.length - 1)] ?? 1000;
    this.failures += 1;
    this.stopRetry?.();
    this.stopRetry = this.ports.later(() => void this.catchUp(), pause);
  }

  private join(frame: Frame): boolean {
    const held = this.chains.get(frame.audience) ?? this.floor;
    if (frame.upto <= held) return true;
    if (frame.after > held) return false;
    this.chains.set(frame.audience, frame.upto);
    this.take(frame.items.filter((item) => item.seq > this.floor));
    return true;
  }

  private async askUntilWhole(): Promise<void> {
    do {
      this.askAgain = false;
      try {
        await this.askOnce();
      } catch {
        this.tryLater();
        return;
      }
    } while (this.askAgain);
  }

  private async askOnce(): Promise<void> {
    const answer = await this.ports.ask(this.upto);
    if (answer.reset) {
      this.restart(answer.upto);
      await this.ports.reset();
      return;
    }
    this.ports.heard?.(answer.server_time);
    this.take(answer.items);
    this.raise(answer.upto);
  }

  /** Begin anew at `upto`, as after loading the page. */
  restart(upto: number): void {
    this.chains.clear();
    this.fresh = [];
    this.seen.clear();
    this.floor = upto;
  }

  private raise(upto: number): void {
    this.floor = Math.max(this.floor, upto);
    for (const [audience, held] of this.chains) this.chains.set(audience, Math.max(held, upto));
    for (const seq of this.seen) if (seq <= this.floor) this.seen.delete(seq);
  }

  /** Frames that still do not join on wait for the next answer: the record may lag behind its announcements. */
  private drain(): void {
    const frames = this.queue;
    this.queue = frames.filter((frame) => !this.join(frame)).slice(-QUEUED);
    if (this.stopRetry) return;
    if (this.queue.length > 0) this.tryLater();
    else this.failures = 0;
  }

  private take(items: EventItem[]): void {
    const fresh: EventItem[] = [];
    for (const item of items) {
      if (this.seen.has(item.seq)) continue;
      this.seen.add(item.seq);
      fresh.push(item);
    }
    this.fresh.push(...fresh);
    if (fresh.length > 0) this.ports.heed(fresh);
    if (this.seen.size > REMEMBERED) this.forget();
    if (this.fresh.length > 0 && !this.painting) this.plan();
  }

  private forget(): void {
    const oldest = [...this.seen].sort((a, b) => a - b).slice(0, this.seen.size - REMEMBERED / 2);
    for (const seq of oldest) this.seen.delete(seq);
  }

  private plan(): void {
    this.painting = true;
    this.ports.schedule(() => this.paint());
  }

  /** A crowd of events is followed by a rest, so that a storm costs a paint or two a second. */
  private paint(): void {
    const items = this.fresh.sort((a, b) => a.seq - b.seq);
    this.fresh = [];
    if (items.length > 0) this.ports.apply(items);
    if (items.length <= CROWD) {
      this.painting = false;
      return;
    }
    this.ports.later(() => {
      if (this.fresh.length > 0) this.plan();
      else this.painting = false;
    }, CROWD_REST);
  }
}
