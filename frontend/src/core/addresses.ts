/** Addresses as people type them. */

import { unique } from "./letter.ts";
import type { Address } from "./types.ts";

/** One address as typed: "Anna <anna@example.ru>" or bare; null when it is none. */
export function parseAddress(text: string): Address | null {
  const named = /^\s*"?([^"<>]*?)"?\s*<\s*([^<>\s]+)\s*>\s*$/.exec(text);
  const address = (named?.[2] ?? text).trim().replace(/^mailto:/i, "");
  if (!/^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/u.test(address) || address.length > 254) return null;
  return { address, name: (named?.[1] ?? "").trim() };
}

/** Several addresses, pasted or typed with commas; what is no address comes back in `rest`. */
export function parseAddresses(text: string): { addresses: Address[]; rest: string } {
  const addresses: Address[] = [];
  const rest: string[] = [];
  for (const part of split(text)) {
    const address = parseAddress(part);
    if (address) addresses.push(address);
    else if (part.trim()) rest.push(part.trim());
  }
  return { addresses: unique(addresses), rest: rest.join(", ") };
}

/** At commas, semicolons and line ends that stand outside quotes and angle brackets. */
function split(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let quoted = false;
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    if (!quoted && /[,;\n\t]/.test(sign)) {
      parts.push(part);
      part = "";
    } else part += sign;
  }
  return [...parts, part].flatMap((one) => (/^\s*\S+@\S+(\s+\S+@\S+)+\s*$/.test(one) ? one.trim().split(/\s+/) : [one]));
}
