/** What messages that were sent should say from now on, as it is written and until they do. */

import { _ } from "../core/i18n.ts";
import type { EventItem } from "../core/types.ts";

export interface Changed {
  text: string;
  at: number;
  /** On its way; nothing is to be shown until it was refused. */
  sent: boolean;
  fault: string | null;
}

export class Changes {
  private all = $state.raw<ReadonlyMap<number, Changed>>(new Map());

  constructor(
    private readonly keep: (message: number, changed: Changed | null) => Promise<void>,
    private readonly now: () => number,
  ) {}

  /** What an earlier page left behind; nobody knows what became of it. */
  restore(kept: [number, Changed][]): void {
    const fault = _("You wrote this earlier and it was never saved.");
    this.all = new Map([...kept.map(([message, one]) => [message, { ...one, sent: false, fault: one.fault ?? fault }] as const), ...this.all]);
  }

  /** The words to offer again for a message that was last changed then. */
  of(message: number, edited: string | null): Changed | null {
    const one = this.all.get(message);
    return one && !one.sent && !(edited && Date.parse(edited) > one.at) ? one : null;
  }

  write(message: number, text: string, sent = false, fault: string | null = null): void {
    this.put(message, { text, at: this.now(), sent, fault });
  }

  drop(message: number): void {
    this.put(message, null);
  }

  /** The outside has taken the change, or would not. */
  hear({ kind, details }: EventItem): void {
    const message = Number(details["message_id"]);
    const one = this.all.get(message);
    if (!one?.sent) return;
    if (kind === "message.edited") this.drop(message);
    if (kind === "message.edit_failed") this.write(message, one.text, false, _("A message could not be changed where it was sent"));
  }

  private put(message: number, changed: Changed | null): void {
    const next = new Map(this.all);
    if (changed) next.set(message, changed);
    else next.delete(message);
    this.all = next;
    void this.keep(message, changed);
  }
}
