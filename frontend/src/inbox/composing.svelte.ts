/** What the composer is asked to do by others: a key, a message's menu, an answer of the server. */

import type { Draft, Entry, MessageEntry, Mode } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

/** Something newer came while a reply was written. */
export interface MovedOn {
  dialog: number;
  entries: Entry[];
  sendAnyway: () => void;
}

export class Composing {
  mode = $state<Mode>("reply");
  /** Raised to bring the cursor into the composer. */
  summons = $state(0);
  private answered = 0;
  /** Raised when a draft has changed under the composer's feet: taken back, chosen, moved. */
  rewritten = $state(0);
  /** Another window's draft is newer. */
  conflict = $state.raw<{ dialog: number; mode: Mode; theirs: Draft } | null>(null);
  movedOn = $state.raw<MovedOn | null>(null);
  /** A message to answer in some way; null is the one that would be answered anyway. */
  about = $state.raw<{ kind: "reply" | "quote" | "reply_all" | "forward" | "comment"; message: MessageEntry | null } | null>(null);

  constructor(private readonly desk: Desk) {}

  /** Another dialog lies on the desk. */
  begin(): void {
    this.mode = this.desk.start.roles.can_reply ? "reply" : "comment";
    this.movedOn = null;
    this.conflict = null;
  }

  write(mode: Mode): void {
    if (this.desk.reading.id === null || (mode === "reply" && !this.desk.start.roles.can_reply)) return;
    this.mode = mode;
    this.desk.layout.pane = "dialog";
    this.summons += 1;
  }

  /** Whether the cursor was called for since this was last asked; a call is answered once, whichever composer hears it. */
  answerSummons(): boolean {
    const called = this.summons !== this.answered;
    this.answered = this.summons;
    return called;
  }

  rewrite(): void {
    this.rewritten += 1;
  }

  settleConflict(which: "mine" | "theirs"): void {
    if (!this.conflict) return;
    this.desk.drafts.choose(this.conflict.dialog, this.conflict.mode, which);
    this.conflict = null;
    this.rewrite();
  }
}
