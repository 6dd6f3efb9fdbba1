/** The server's time on a computer whose own clock may be wrong. */

export class Clock {
  private ahead = 0;

  constructor(private readonly local: () => number = Date.now) {}

  /** Learn the difference from a time the server has just told. */
  learn(serverTime: string): void {
    const server = Date.parse(serverTime);
    if (!Number.isNaN(server)) this.ahead = server - this.local();
  }

  /** Milliseconds since 1970, as the server counts them. */
  now(): number {
    return this.local() + this.ahead;
  }

  /** Seconds until an instant, never below zero. */
  secondsUntil(instant: string): number {
    return Math.max(0, (Date.parse(instant) - this.now()) / 1000);
  }

  /** How far this computer's clock is off, in seconds (positive when it is slow). */
  get drift(): number {
    return this.ahead / 1000;
  }
}
