/** What the composer is asked to do by others: a key, a message's menu, an answer of the server. */

import { placeOf } from "../core/keys.ts";
import type { Draft, Entry, MessageEntry, Mode } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

/** Something newer came while a reply was written, or a colleague writes too. */
export interface Doubt {
  why: string;
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
  /** By dialog and mode: another window's draft, which is newer. */
  rivals = $state.raw<ReadonlyMap<string, Draft>>(new Map());
  /** By dialog: what has come since a reply was sent, which the server would not let pass unread. */
  movedOn = $state.raw<ReadonlyMap<number, Doubt>>(new Map());
  /** What is asked before the open dialog's reply is sent. */
  asked = $state.raw<Doubt | null>(null);
  /** A message to answer in some way; null is the one that would be answered anyway. */
  about = $state.raw<{ kind: "reply" | "quote" | "reply_all" | "forward" | "comment"; message: MessageEntry | null } | null>(null);

  constructor(private readonly desk: Desk) {}

  /** Another dialog lies on the desk. */
  begin(): void {
    this.mode = this.desk.start.roles.can_reply ? "reply" : "comment";
    this.asked = null;
  }

  /** Whether somebody writes just now, here or elsewhere on the screen: then the cursor is left alone. */
  get busy(): boolean {
    return placeOf(document.activeElement) !== "page";
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

  doubt(dialog: number, doubt: Doubt): void {
    this.movedOn = new Map([...this.movedOn, [dialog, doubt]]);
  }

  settleDoubt(dialog: number): void {
    this.movedOn = new Map([...this.movedOn].filter(([other]) => other !== dialog));
  }

  contest(dialog: number, mode: Mode, theirs: Draft): void {
    this.rivals = new Map([...this.rivals, [`${dialog}:${mode}`, theirs]]);
  }

  /** One of the two drafts is chosen; null when neither is needed any more. */
  settleContest(dialog: number, mode: Mode, which: "mine" | "theirs" | null): void {
    const key = `${dialog}:${mode}`;
    if (!this.rivals.has(key)) return;
    if (which) this.desk.drafts.choose(dialog, mode, which);
    this.rivals = new Map([...this.rivals].filter(([other]) => other !== key));
    this.rewrite();
  }
}
