/**
 * What the agent did, on its way to the server.
 *
 * A command is applied at once: its guess lies over the server's truth until the answer comes, so a
 * refusal needs no repair, the guess is just taken away. Commands of one dialog leave in order; they
 * survive a reload, wait out a lost connection, and may be sent twice because each has its own id.
 * What is taken back is gone from the screen at once, whatever the server has heard of it so far.
 */

import { ApiError } from "./api.ts";
import type { Done, Entry, Row } from "./types.ts";

/** What a command is expected to do to the dialog's row. */
export interface Change {
  set?: Partial<Row>;
  add_tag?: number;
  drop_tag?: number;
}

export interface Step {
  verb: string;
  dialog: number;
  method: "POST" | "DELETE";
  path: string;
  body: Record<string, unknown>;
  change?: Change | undefined;
}

export interface Command extends Step {
  id: string;
  at: number;
  /** How the timeline shows it before the server has answered. */
  entry?: Entry | undefined;
  /** What Z does. A reply is undone by its message, which its answer names; `back` is what that does to the row. */
  inverse?: Step[] | undefined;
  back?: Change | undefined;
  /** Acts done together are undone together. */
  group?: string | undefined;
  /** What was done, in the agent's words. */
  label: string;
  /** How often it may have reached the server without an answer. */
  tries?: number;
  /** Taken back while it may have arrived: it shows nothing any more, and is reversed when that is known. */
  undone?: boolean;
  /** The client uuid of the reply that it takes out of the timeline. */
  hides?: string;
}

export interface OutboxPorts {
  send(command: Command): Promise<Done>;
  save(command: Command): Promise<void>;
  forget(id: string): Promise<void>;
  later(task: () => void, milliseconds: number): () => void;
  now(): number;
  uuid(): string;
  /** A guess was laid or lifted: this dialog looks different now. */
  changed(dialog: number): void;
  confirmed(command: Command, done: Done): void;
  refused(command: Command, error: ApiError): void;
  /** Taken back before it left; a reply also later, for its words belong to its writer at once. */
  withdrawn(command: Command): void;
  /** True while commands wait for a connection. */
  waiting(waiting: boolean): void;
}

interface Past {
  command: Command;
  done: Done | null;
}

const PAUSES = [1000, 2000, 4000, 8000, 15_000];
const SERVER_FAULTS = 3;
const REMEMBERED = 30;

export class Outbox {
  private commands: Command[] = [];
  private sending = new Set<string>();
  private past: Past[] = [];
  private failures = 0;
  private stopRetry: (() => void) | null = null;
  private stopped = false;
  /** Acts whose answer is still to come, so that an early Z can wait for it. */
  private following = new Map<string, Past>();

  constructor(private readonly ports: OutboxPorts) {}

  /** Do it: shown now, sent as soon as may be. */
  issue(step: Omit<Command, "id" | "at"> & { id?: string }): Command {
    const command = this.put(step, this.commands.length);
    this.pump();
    return command;
  }

  /** Take up what an earlier page left behind. */
  restore(commands: Command[]): void {
    this.commands.unshift(...commands.sort((a, b) => a.at - b.at));
    for (const command of commands) {
      if (command.undone && command.verb === "reply") this.recall(command);
      this.ports.changed(command.dialog);
    }
    this.pump();
  }

  /** The row as the agent should see it: the server's, with our guesses over it. */
  over(row: Row): Row {
    let seen = row;
    for (const command of this.commands) if (command.dialog === row.id && command.change && !command.undone) seen = applied(seen, command.change);
    return seen;
  }

  /** Replies and comments of this dialog that the server has not confirmed. */
  entries(dialog: number): Entry[] {
    return this.commands.flatMap((command) => (command.dialog === dialog && command.entry && !command.undone ? [command.entry] : []));
  }

  /** The client uuids of replies that are being taken back. */
  hidden(dialog: number): ReadonlySet<string> {
    return new Set(this.commands.flatMap((one) => (one.dialog !== dialog ? [] : one.undone ? clientOf(one) : (one.hides ?? []))));
  }

  /** Whether a reply of this dialog is being taken back, so that the server may write its draft. */
  takesBack(dialog: number): boolean {
    return this.commands.some((one) => one.dialog === dialog && (one.verb === "undo_reply" || one.verb === "undo" || (one.verb === "reply" && one.undone)));
  }

  get pending(): readonly Command[] {
    return this.commands;
  }

  /** The connection is back, or the agent has logged in again. */
  resume(): void {
    this.stopped = false;
    this.failures = 0;
    this.stopRetry?.();
    this.stopRetry = null;
    this.pump();
  }

  /** Whether there is anything for Z. */
  get undoable(): Command | null {
    return this.past.at(-1)?.command ?? null;
  }

  /**
   * Take back the newest act, or the given one. Answers what is being undone.
   *
   * What has not left yet is simply dropped; what may have left is lifted from the screen, and reversed
   * on the server. A reply is never sent again for that: the server is asked to let go of it.
   */
  undo(id?: string): Command | null {
    const index = id === undefined ? this.past.length - 1 : this.past.findLastIndex((one) => one.command.id === id);
    const chosen = this.past[index];
    if (!chosen) return null;
    const { group } = chosen.command;
    const together = group ? this.past.filter((one) => one.command.group === group) : [chosen];
    this.past = this.past.filter((one) => !together.includes(one));
    for (const one of together.reverse()) this.reverse(one);
    return chosen.command;
  }

  /** Something that was done in another way, to be undone like what left from here. */
  adopt(step: Omit<Command, "id" | "at">, done: Done): Command {
    const command: Command = { ...step, id: this.ports.uuid(), at: this.ports.now() };
    this.past.push({ command, done });
    return command;
  }

  /** This act can no longer be undone. */
  settle(id: string): void {
    this.past = this.past.filter((one) => one.command.id !== id);
  }

  private put(step: Omit<Command, "id" | "at"> & { id?: string }, place: number): Command {
    const command: Command = { ...step, id: step.id ?? this.ports.uuid(), at: this.ports.now() };
    this.commands.splice(place, 0, command);
    if (command.inverse || command.verb === "reply") this.remember(command);
    void this.ports.save(command);
    this.ports.changed(command.dialog);
    return command;
  }

  private remember(command: Command): void {
    const past: Past = { command, done: null };
    this.past.push(past);
    if (this.past.length > REMEMBERED) this.past.shift();
    this.following.set(command.id, past);
  }

  private reverse({ command, done }: Past): void {
    const begun = this.sending.has(command.id) || (command.tries ?? 0) > 0;
    const reply = command.verb === "reply";
    if (done) this.runInverse(command, done);
    else if (!begun) this.drop(command);
    else if (reply && !this.sending.has(command.id)) this.recall(command);
    else this.lift(command);
    if (reply || (!done && !begun)) this.ports.withdrawn(command);
    this.pump();
  }

  /** It may have arrived: nothing of it is seen from now on, and the rest follows when we know. */
  private lift(command: Command): void {
    command.undone = true;
    void this.ports.save(command);
    this.ports.changed(command.dialog);
  }

  /** Nobody knows whether this reply has arrived: what may be there is taken back, what is not can no longer come. */
  private recall(command: Command): void {
    const { dialog, back, body } = command;
    const step: Step = {
      verb: "undo_reply", dialog, method: "POST", path: `/api/dialogs/${dialog}/replies/undo`,
      body: { client_uuid: body["client_uuid"], withdraws: command.id }, change: back,
    };
    const place = this.commands.indexOf(command);
    this.following.delete(command.id);
    this.commands.splice(place, 1);
    void this.ports.forget(command.id);
    this.put({ ...step, label: "", hides: clientOf(command)[0] }, place);
  }

  private runInverse(command: Command, done: Done): void {
    const steps = [...(command.inverse ?? [])];
    const reply = command.verb === "reply" && done.entry;
    if (reply) {
      steps.unshift({
        verb: "undo_reply", dialog: command.dialog, method: "POST", path: `/api/messages/${reply.id}/undo`, body: {}, change: command.back,
      });
    }
    const place = this.commands.indexOf(command) + 1 || this.commands.length; // what was done since comes after it
    for (const [index, step] of steps.entries()) this.put({ ...step, label: "", ...(reply && { hides: clientOf(command)[0] }) }, place + index);
  }

  private drop(command: Command): void {
    this.commands = this.commands.filter((one) => one.id !== command.id);
    this.following.delete(command.id);
    void this.ports.forget(command.id);
    this.ports.changed(command.dialog);
    if (this.commands.length === 0) this.ports.waiting(false);
  }

  private pump(): void {
    if (this.stopped || this.stopRetry) return;
    const busy = new Set<number>();
    for (const command of [...this.commands]) {
      if (busy.has(command.dialog)) continue;
      busy.add(command.dialog);
      if (!this.sending.has(command.id)) void this.send(command);
    }
  }

  private async send(command: Command): Promise<void> {
    this.sending.add(command.id);
    try {
      const done = await this.ports.send(command);
      this.sending.delete(command.id);
      this.arrived(command, done);
    } catch (error) {
      this.sending.delete(command.id);
      const known = error instanceof ApiError ? error : new ApiError(500, { code: "unknown", message: String(error) });
      if (!known.unsent) command.tries = (command.tries ?? 0) + 1;
      this.failed(command, known);
    }
    this.pump();
  }

  private arrived(command: Command, done: Done): void {
    this.failures = 0;
    const past = this.following.get(command.id);
    if (command.undone) this.runInverse(command, done);
    this.ports.confirmed(command, done); // first the truth, then the guess may go
    this.drop(command);
    this.ports.waiting(false);
    if (past) past.done = done;
  }

  private failed(command: Command, error: ApiError): void {
    const later = error.signedOut || error.passing || error.status >= 500;
    if (command.undone && error.unsent && !command.tries) this.drop(command);
    else if (later && command.undone && command.verb === "reply") this.recall(command);
    if (error.signedOut) {
      this.stopped = true;
      return;
    }
    if (error.passing || (error.status >= 500 && (command.tries ?? 0) < SERVER_FAULTS)) {
      this.ports.waiting(error.status === 0);
      this.retryLater(error.retryAfter);
      return;
    }
    this.settle(command.id);
    this.drop(command);
    if (!command.undone) this.ports.refused(command, error);
  }

  private retryLater(seconds: number | null): void {
    if (this.stopRetry) return;
    const pause = seconds ? seconds * 1000 : (PAUSES[Math.min(this.failures, PAUSES.length - 1)] ?? 1000);
    this.failures += 1;
    this.stopRetry = this.ports.later(() => {
      this.stopRetry = null;
      this.pump();
    }, pause);
  }
}

function clientOf(command: Command): string[] {
  const client = command.body["client_uuid"];
  return typeof client === "string" ? [client] : [];
}

/** A row after a change. */
export function applied(row: Row, change: Change): Row {
  const next = { ...row, ...change.set };
  const { add_tag: add, drop_tag: drop } = change;
  if (add !== undefined && !next.tags.includes(add)) next.tags = [...next.tags, add];
  if (drop !== undefined) next.tags = next.tags.filter((tag) => tag !== drop);
  return next;
}
