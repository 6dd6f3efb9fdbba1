/**
 * Whether there is a connection, as far as an agent should be told.
 *
 * A short break is nobody's business. The browser's word that the network is gone is believed at
 * once and for as long as nothing proves it wrong: a socket may live through it without a break.
 */

const PATIENCE = 1500;

export class Connection {
  private stop: (() => void) | null = null;

  constructor(
    private readonly told: (connected: boolean) => void,
    private readonly later: (task: () => void, milliseconds: number) => () => void,
  ) {}

  /** The socket is open, or something came through it. */
  works(): void {
    this.stop?.();
    this.stop = null;
    this.told(true);
  }

  /** The socket broke. */
  broke(): void {
    this.stop ??= this.later(() => this.told(false), PATIENCE);
  }

  /** The browser says that the network is gone. */
  gone(): void {
    this.told(false);
  }
}
