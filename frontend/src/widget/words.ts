/** Moments and names as the reader writes them. */

import { language } from "./say.ts";

const DAY = 86_400_000;

export function clock(at: Date): string {
  return new Intl.DateTimeFormat(language(), { hour: "numeric", minute: "2-digit" }).format(at);
}

/** "today", "tomorrow", "in 3 days", or the date of what is long ago. */
export function day(at: Date, now = new Date()): string {
  const ago = Math.round((midnight(now) - midnight(at)) / DAY);
  if (ago < 2) return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-ago, "day");
  return new Intl.DateTimeFormat(language(), { day: "numeric", month: "long" }).format(at);
}

/** The first letters of a name. */
export function initials(name: string): string {
  return (name.match(/(?<!\S)\S/gu) ?? []).slice(0, 2).join("").toUpperCase();
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
