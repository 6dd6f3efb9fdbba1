/** What the screen says: toasts above the composer and the two live regions. */

import { untrack } from "svelte";
import { _ } from "../core/i18n.ts";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "danger";
  action: { label: string; key?: string; run: () => void } | null;
  /** The instant (server's time) at which the reply leaves; shown as a countdown. */
  until: number | null;
  /** Belongs to this command, so that it goes with it. */
  command: string | null;
}

const SHORT = 6000;
const LONG = 12_000;
const MERGED = 3000;

export class Notices {
  toasts = $state.raw<Toast[]>([]);
  polite = $state("");
  assertive = $state("");
  private last = 0;
  private timers = new Map<number, ReturnType<typeof setTimeout>>();
  private collected: string[] = [];
  private collecting: ReturnType<typeof setTimeout> | null = null;

  /** Show a toast in the place of the one before; only bad news stays beside it. */
  show(text: string, more: Partial<Omit<Toast, "id" | "text">> & { stays?: number } = {}): number {
    const { stays, ...rest } = more;
    if (rest.command) this.closeFor(rest.command);
    const toast: Toast = { id: (this.last += 1), text, tone: "plain", action: null, until: null, command: null, ...rest };
    this.toasts = [...this.toasts.filter((other) => other.tone === "danger"), toast].slice(-3);
    this.timers.set(toast.id, setTimeout(() => this.close(toast.id), stays ?? (toast.tone === "danger" ? LONG : SHORT)));
    if (toast.tone === "danger") this.alarm(text);
    else this.say(toast.until === null ? text : `${text} ${_("The reply will be sent in a moment.")}`.trim());
    return toast.id;
  }

  /** A word that is not worth an offer to undo: that one stays where it is. */
  hint(text: string): void {
    if (this.toasts.some((toast) => toast.command !== null)) this.say(text);
    else this.show(text);
  }

  close(id: number): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  closeFor(command: string): void {
    for (const toast of this.toasts) if (toast.command === command) this.close(toast.id);
  }

  /** While the pointer or the focus is on a toast it stays. */
  keep(id: number): void {
    clearTimeout(this.timers.get(id));
  }

  letGo(id: number): void {
    if (this.toasts.some((toast) => toast.id === id)) this.timers.set(id, setTimeout(() => this.close(id), SHORT));
  }

  /** Said by a screen reader when it has time; what comes within three seconds is said together. */
  say(text: string): void {
    this.collected.push(text);
    this.collecting ??= setTimeout(() => {
      this.polite = [...new Set(this.collected)].join(" ");
      this.collected = [];
      this.collecting = null;
    }, untrack(() => this.polite) === "" ? 50 : MERGED);
  }

  /** Said at once. */
  alarm(text: string): void {
    this.assertive = this.assertive === text ? `${text}\u00a0` : text;
  }
}
