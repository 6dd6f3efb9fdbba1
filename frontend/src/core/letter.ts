/** Who a letter goes to: reply, reply all, forward. */

import type { Address, MessageEntry } from "./types.ts";

/** Longer ones reach nobody (RFC 5321 4.5.3.1 has 254); the server refuses them. */
const LONGEST = 320;

export interface Recipients {
  to: Address[];
  cc: Address[];
  bcc: Address[];
}

/**
 * An answer to this letter goes to who wrote it, or where they want to be answered; an answer to all, to
 * everyone but ourselves. Of our own letter those are whom we wrote to, never whom we told blind.
 */
export function replyTo(message: MessageEntry, all: boolean, ours: string[]): Recipients {
  const ourOwn = new Set(ours.map((address) => address.toLowerCase()));
  const foreign = (addresses: Address[]) => unique(addresses.map(sendable).filter((one) => one.address.length <= LONGEST && !ourOwn.has(one.address.toLowerCase())));
  const role = (name: "to" | "cc") => message.recipients.filter((one) => one.role === name);
  const came = message.direction === "in";
  const from = message.from ? [message.from] : [];
  const first = came ? [foreign(message.reply_to ?? []), foreign(from), from.map(sendable)] : [foreign(role("to")), unique(role("to").map(sendable))];
  const to = first.find((found) => found.length > 0) ?? [];
  if (!all) return { to, cc: [], bcc: [] };
  const known = new Set(to.map((one) => one.address.toLowerCase()));
  const others = foreign([...(came ? role("to") : []), ...role("cc")]);
  return { to, cc: others.filter((one) => !known.has(one.address.toLowerCase())), bcc: [] };
}

/** Would answering all reach anyone more? */
export function hasOthers(message: MessageEntry, ours: string[]): boolean {
  return replyTo(message, true, ours).cc.length > 0;
}

/** Does an answer go to all by itself? Not where we got the letter blind: the others do not know that we read it. */
export function usuallyAll(message: MessageEntry, ours: string[]): boolean {
  return hasOthers(message, ours) && !message.warnings.includes("blind_copy");
}

/** "Re:" once, however often the letter went to and fro. */
export function replySubject(subject: string): string {
  const bare = bareSubject(subject);
  return bare ? `Re: ${bare}` : "";
}

export function forwardSubject(subject: string): string {
  const bare = bareSubject(subject);
  return bare ? `Fwd: ${bare}` : "Fwd:";
}

/** "Анна Петрова" or, without a name, the address. */
export function addressName(address: Address): string {
  return address.name || address.address;
}

function bareSubject(subject: string): string {
  return subject.replace(/^\s*((re|fw|fwd|aw|wg|rv|res|enc|ответ|отв|пересл)(\[\d+\])?:\s*)+/iu, "").trim();
}

/** A name that somebody gave themselves may be longer than what the server takes. */
function sendable({ address, name }: Address): Address {
  return { address, name: name.slice(0, 200) };
}

export function unique(addresses: Address[]): Address[] {
  const seen = new Set<string>();
  return addresses.filter(({ address }) => {
    const key = address.toLowerCase();
    return seen.has(key) ? false : seen.add(key);
  });
}
