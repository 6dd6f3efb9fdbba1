/** The socket that rings: opened again when it broke, and given up when it only looks open. */

import type { Ring } from "./types.ts";

const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 30_000];
/** The server says something every 25 seconds. */
const SILENCE = 60_000;

export type Socket = Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onclose">;

export interface BellPorts {
  connect(): Socket;
  token(): string;
  rang(ring: Ring): void;
  /** It began or ceased to ring. */
  turned(isRinging: boolean): void;
  later(task: () => void, milliseconds: number): () => void;
}

export interface Bell {
  isRinging(): boolean;
  /** Be connected, at once. */
  open(): void;
  close(): void;
  /** Whether the word has left. */
  tell(word: object): boolean;
}

export function makeBell({ connect, token, rang, turned, later }: BellPorts): Bell {
  let isRinging = false;
  let socket: Socket | null = null;
  let pause = FIRST_PAUSE;
  let stop = () => {};

  function turn(is: boolean): void {
    const was = isRinging;
    isRinging = is;
    if (was !== is) turned(is);
  }

  function watch(): void {
    stop();
    stop = later(broke, SILENCE);
  }

  function open(): void {
    if (socket) return;
    watch();
    try {
      socket = connect();
    } catch {
      return broke();
    }
    const opened = socket;
    opened.onopen = () => opened.send(JSON.stringify({ token: token() }));
    opened.onclose = broke;
    opened.onmessage = ({ data }) => {
      watch();
      pause = FIRST_PAUSE;
      turn(true);
      rang(JSON.parse(data as string) as Ring);
    };
  }

  function close(): void {
    stop();
    const old = socket;
    socket = null;
    if (old) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
    turn(false);
  }

  function broke(): void {
    close();
    stop = later(open, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }

  return {
    isRinging: () => isRinging,
    open,
    close,
    tell(word) {
      if (isRinging) socket!.send(JSON.stringify(word));
      return isRinging;
    },
  };
}
