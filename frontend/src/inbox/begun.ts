/** Letters that begin a dialog and are not sent yet: kept on this computer until they are, or are thrown away. */

import type { Address, Upload } from "../core/types.ts";

export interface BegunLetter {
  /** What the server will know it by, so that it is never sent twice. */
  id: string;
  at: number;
  channel: number | null;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  text: string;
  html: string | null;
  attachments: Upload[];
  signed: boolean;
}

export class Begun {
  private letters = new Map<string, BegunLetter>();
  /** The one that was last in hand: what is picked and uploaded is for it. */
  private inHand: BegunLetter | null = null;

  /** What an earlier page left behind is known from then on. */
  readonly ready: Promise<void>;

  constructor(left: Promise<BegunLetter[]>, private readonly save: (id: string, letter: BegunLetter | null) => Promise<void>) {
    this.ready = left.then((letters) => {
      for (const letter of letters) this.letters.set(letter.id, letter);
    });
  }

  /** The letter to go on with, or a new one. */
  take(fresh: () => BegunLetter): BegunLetter {
    const waiting = [...this.letters.values()].sort((a, b) => a.at - b.at);
    return (this.inHand = waiting.at(-1) ?? fresh());
  }

  /** A keystroke. */
  keep(letter: BegunLetter): void {
    this.inHand = letter;
    if (isBlank(letter)) return this.forget(letter.id);
    this.letters.set(letter.id, letter);
    void this.save(letter.id, letter);
  }

  /** A file has arrived, perhaps while something else was done. */
  attach(attachments: Upload[]): void {
    if (this.inHand) this.keep({ ...this.inHand, attachments });
  }

  /** It was sent, or thrown away. */
  forget(id: string): void {
    if (this.letters.delete(id)) void this.save(id, null);
  }
}

export function isBlank({ to, cc, bcc, subject, text, html, attachments }: BegunLetter): boolean {
  return to.length + cc.length + bcc.length + attachments.length === 0 && `${subject}${text}`.trim() === "" && !html?.includes("<img");
}
