/**
 * The page's address, so that a reload or a link shows the same, and what Back leads to.
 *
 * Walking through a list must not fill the history: the entry one stands on is rewritten, a little
 * later. On a phone a dialog covers the list and is a step of its own, which Back undoes; leaving the
 * dialog by its own button undoes the same step, so that no press of Back is ever without effect.
 */

export interface Ports {
  history: Pick<History, "state" | "pushState" | "replaceState" | "back">;
  later(task: () => void, milliseconds: number): () => void;
}

interface Entry {
  dialog: number | null;
  stepped: boolean;
}

const PAUSE = 150;

export class Trail {
  private stop: (() => void) | null = null;
  private write: (() => void) | null = null;

  constructor(private readonly ports: Ports) {}

  /** The dialog of the entry one stands on. */
  get dialog(): number | null {
    return this.entry?.dialog ?? null;
  }

  /** This is shown now; the entry says so in a moment. */
  here(dialog: number | null, query: string): void {
    this.stop?.();
    this.write = () => this.ports.history.replaceState({ dialog, stepped: this.entry?.stepped ?? false }, "", address(dialog, query));
    this.stop = this.ports.later(() => this.settle(), PAUSE);
  }

  /** A step that Back undoes; what the entry so far had to say is said first. */
  step(dialog: number | null, query: string): void {
    this.settle();
    this.ports.history.pushState({ dialog, stepped: true }, "", address(dialog, query));
  }

  /** Undo the step that led here; false if none did. */
  leave(): boolean {
    if (!this.entry?.stepped) return false;
    this.stop?.();
    this.write = null;
    this.ports.history.back();
    return true;
  }

  private get entry(): Entry | null {
    return this.ports.history.state as Entry | null;
  }

  private settle(): void {
    this.stop?.();
    this.stop = null;
    this.write?.();
    this.write = null;
  }
}

function address(dialog: number | null, query: string): string {
  return `${dialog === null ? "/inbox" : `/inbox/${dialog}`}?${query}`;
}
