/**
 * What was written on customers' cards and is not on the server yet.
 *
 * Each card has its own words and its own pause, so a card that is left keeps them. They stay until the server has
 * taken them: without a connection or a session they are sent again, after a refusal they wait for their writer.
 */

import { ApiError, sentence } from "./api.ts";
import { _ } from "./i18n.ts";

export interface CardWords {
  name?: string;
  notes?: string;
}

export interface Unsaved {
  words: CardWords;
  at: number;
  /** Why they are not there yet. */
  fault: string | null;
  /** Sending the same again would not help. */
  refused: boolean;
}

export interface UnsavedPorts {
  save(customer: number, words: CardWords): Promise<void>;
  /** Keep on this computer; null when there is nothing left to keep. */
  keep(customer: number, unsaved: Unsaved | null): Promise<void>;
  later(task: () => void, milliseconds: number): () => void;
  now(): number;
  changed(all: ReadonlyMap<number, Unsaved>): void;
}

const PAUSE = 800;
const RETRY = 5000;
/** Older words are not sent without being looked at: the card may say something else by now. */
const TOO_OLD = 60 * 60_000;

export class UnsavedWords {
  private held = new Map<number, Unsaved>();
  private timers = new Map<number, () => void>();
  private sending = new Set<number>();

  constructor(private readonly ports: UnsavedPorts) {}

  /** What an earlier page left behind. */
  restore(kept: [number, Unsaved][]): void {
    for (const [customer, unsaved] of kept) {
      if (this.held.has(customer)) continue;
      const old = this.ports.now() - unsaved.at > TOO_OLD;
      this.put(customer, old ? { ...unsaved, refused: true, fault: _("You wrote this earlier and it was never saved.") } : unsaved);
      if (!old && !unsaved.refused) this.plan(customer, PAUSE);
    }
  }

  /** A keystroke. */
  edit(customer: number, words: CardWords, pause = PAUSE): void {
    const before = this.held.get(customer);
    this.put(customer, { words: { ...before?.words, ...words }, at: this.ports.now(), fault: before?.fault ?? null, refused: false });
    this.plan(customer, pause);
  }

  /** Send what waits for a pause in typing: its card is left. */
  flush(): void {
    for (const [customer, { refused, fault }] of this.held) if (!refused && fault === null) void this.send(customer);
  }

  /** The connection or the session is back. */
  resume(): void {
    for (const [customer, { refused }] of this.held) if (!refused) void this.send(customer);
  }

  /** The writer wants it sent as it stands. */
  again(customer: number): void {
    this.edit(customer, {}, 0);
  }

  /** The writer lets it go. */
  drop(customer: number): void {
    this.stop(customer);
    this.put(customer, null);
  }

  /** A card was merged into another: what was written on it stands below what that one says, for its writer to look at. */
  moved(customer: number, into: { id: number; notes: string }): void {
    const left = this.held.get(customer);
    if (!left) return;
    this.drop(customer);
    const notes = this.held.get(into.id)?.words.notes ?? into.notes;
    const words = left.words.notes === undefined ? left.words : { ...left.words, notes: [notes, left.words.notes].filter(Boolean).join("\n\n") };
    this.stop(into.id);
    this.put(into.id, { words, at: this.ports.now(), refused: true, fault: left.fault ?? _("This card was merged while you were writing. Check it and save it again.") });
  }

  private put(customer: number, unsaved: Unsaved | null): void {
    if (unsaved) this.held.set(customer, unsaved);
    else this.held.delete(customer);
    void this.ports.keep(customer, unsaved);
    this.ports.changed(new Map(this.held));
  }

  private plan(customer: number, pause: number): void {
    this.stop(customer);
    this.timers.set(customer, this.ports.later(() => void this.send(customer), pause));
  }

  private stop(customer: number): void {
    this.timers.get(customer)?.();
    this.timers.delete(customer);
  }

  private async send(customer: number): Promise<void> {
    this.stop(customer);
    const sent = this.held.get(customer);
    if (!sent || this.sending.has(customer)) return;
    this.sending.add(customer);
    let error: unknown = null;
    try {
      await this.ports.save(customer, sent.words);
    } catch (reason) {
      error = reason;
    }
    this.sending.delete(customer);
    this.answered(customer, sent, error);
  }

  private answered(customer: number, sent: Unsaved, error: unknown): void {
    const now = this.held.get(customer);
    if (!now) return;
    if (now !== sent) {
      const left = error ? now.words : rest(now.words, sent.words);
      this.put(customer, Object.keys(left).length > 0 ? { ...now, words: left } : null);
      if (this.held.has(customer) && !now.refused) this.plan(customer, PAUSE);
    } else if (!error) {
      this.put(customer, null);
    } else {
      this.failed(customer, sent, error);
    }
  }

  private failed(customer: number, sent: Unsaved, error: unknown): void {
    const refused = error instanceof ApiError && !error.passing && !error.signedOut && error.status < 500;
    const fault = refused
      ? _("{reason} What you wrote stays here.", { reason: sentence(error) })
      : _("Not saved yet: {reason} It will be sent again.", { reason: sentence(error) });
    this.put(customer, { ...sent, fault, refused });
    if (!refused && !(error instanceof ApiError && error.signedOut)) this.plan(customer, RETRY);
  }
}

/** What is still unsaved when these words have arrived. */
function rest(words: CardWords, saved: CardWords): CardWords {
  return Object.fromEntries(Object.entries(words).filter(([field, text]) => saved[field as keyof CardWords] !== text));
}
