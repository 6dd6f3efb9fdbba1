/** `Emptyfeed("open")`: what a page may ask of the widget, before it is there and after, and what it is told. */

type Listener = (detail?: unknown) => void;
type Command = (...given: never[]) => void;

export interface Api {
  (name: string, ...given: unknown[]): void;
  /** Calls made before the loader was there. */
  q?: ArrayLike<unknown>[];
  loaded?: true;
}

/** Tells the page. What is told with `isLasting` is heard at once by who asks later. */
export type Emit = (event: string, detail?: unknown, isLasting?: boolean) => void;

/** Answers with what pages call and what tells them. */
export function makeCommands(known: Record<string, Command>, report: (error: unknown) => void): [api: Api, emit: Emit] {
  const listeners = new Set<[event: string, listener: Listener]>();
  const lasting = new Map<string, unknown>();
  /** No mistake of the page's own ends the widget. */
  const tried = (task: () => void) => {
    try {
      task();
    } catch (error) {
      report(error);
    }
  };
  const commands = new Map<string, Command>(Object.entries({
    ...known,
    on(event: string, listener: Listener) {
      listeners.add([event, listener]);
      if (lasting.has(event)) listener(lasting.get(event));
    },
    off(event: string, listener?: Listener) {
      for (const each of listeners) if (each[0] === event && (!listener || each[1] === listener)) listeners.delete(each);
    },
  }));
  const api: Api = (name, ...given) =>
    tried(() => {
      const command = commands.get(name);
      if (!command) throw new Error(`Emptyfeed: no "${name}"`);
      command(...(given as never[]));
    });
  return [api, (event, detail, isLasting) => {
    if (isLasting) lasting.set(event, detail);
    for (const [its, listener] of listeners) if (its === event) tried(() => listener(detail));
  }];
}

/** The calls that were made before, in their order. */
export function replay(api: Api, queue: ArrayLike<unknown>[] = []): void {
  for (const call of queue) api(...(call as unknown as [string]));
}
