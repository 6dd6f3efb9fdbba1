/** Timers by name: planning the same thing again moves it. */
export class Timers {
  private running = new Map<string, ReturnType<typeof setTimeout>>();

  after(name: string, milliseconds: number, task: () => void): void {
    clearTimeout(this.running.get(name));
    this.running.set(name, setTimeout(() => {
      this.running.delete(name);
      task();
    }, milliseconds));
  }

  has(name: string): boolean {
    return this.running.has(name);
  }

  stop(name: string): void {
    clearTimeout(this.running.get(name));
    this.running.delete(name);
  }
}

/** As core's ports want it: answers what ends it. */
export function later(task: () => void, milliseconds: number): () => void {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
}
