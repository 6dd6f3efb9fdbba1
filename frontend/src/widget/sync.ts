/**
 * Asking what is new.
 *
 * The socket only rings. What counts is what the server answers when it is asked: at each ring that tells of
 * something unknown, when the network or the reader comes back, and from time to time in any case. Without a
 * socket it is asked often, ever less while nothing comes.
 */

import { lacks, type Log } from "./lines.ts";
import type { Synced } from "./types.ts";

export const CALM = 45_000;
const [EAGER, LAZY, AWAY] = [3000, 10_000, 30_000];

export interface SyncPorts {
  ask(afterSeq: number, afterRev: number): Promise<Synced>;
  log(): Log;
  /** Takes the answer in. */
  took(answer: Synced): void;
  failed(error: unknown): void;
  isRinging(): boolean;
  later(task: () => void, milliseconds: number): () => void;
}

export interface Sync {
  /** From now on, until `end`. */
  begin(): void;
  end(): void;
  /** The server stands there. */
  rung(seq?: number, rev?: number): void;
  /** Ask, and go on asking until nothing is missing. */
  now(): Promise<void>;
}

export function makeSync({ ask, log, took, failed, isRinging, later }: SyncPorts): Sync {
  let [isOn, isAsking, isAskedAgain] = [false, false, false];
  let pause = EAGER;
  let stop = () => {};

  async function now(): Promise<void> {
    isAskedAgain = isAsking;
    if (isAsking || !isOn) return;
    stop();
    isAsking = true;
    try {
      await all();
    } catch (error) {
      pause = Math.min(pause * 1.5, AWAY);
      failed(error);
    }
    isAsking = false;
    if (!isOn) return;
    if (isAskedAgain) return await now();
    stop = later(now, isRinging() ? CALM : pause);
  }

  async function all(): Promise<void> {
    for (let more = true; more; ) {
      const { last, rev } = log();
      const answer = await ask(last, rev);
      if (!isOn) return;
      took(answer);
      const isNews = log().last > last;
      pause = isNews ? EAGER : Math.min(pause * 1.5, LAZY);
      more = answer.more && isNews;
    }
  }

  return {
    begin() {
      isOn = true;
      void now();
    },
    end() {
      isOn = false;
      stop();
    },
    rung(seq, rev) {
      if (lacks(log(), seq, rev)) void now();
    },
    now,
  };
}
