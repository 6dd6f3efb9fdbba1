/** Dates, durations, numbers and sizes as the reader writes them, in the agent's zone. */

import { _, language, ngettext } from "./i18n.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const QUARTER = 15 * MINUTE;
const DAYS_KEPT = 5000;

const formatters = new Map<string, Intl.DateTimeFormat>();
const dayNumbers = new Map<string, number>();

/** "14:32" today, "Mon" this week, "3 Nov" this year, "03/11/2024" before. */
export function feedTime(at: string, now: number, zone: string): string {
  const days = daysBetween(at, now, zone);
  if (days === 0) return time(at, zone);
  if (days > 0 && days < 7) return format(at, zone, { weekday: "short" });
  return sameYear(at, now, zone) ? format(at, zone, { day: "numeric", month: "short" }) : format(at, zone, { dateStyle: "short" });
}

export function time(at: string | number, zone: string): string {
  return format(at, zone, { timeStyle: "short" });
}

/** "Today", "Yesterday" or the date: the line between two days of a dialog. */
export function dayName(at: string, now: number, zone: string): string {
  const days = daysBetween(at, now, zone);
  if (days === 0) return _("Today");
  if (days === 1) return _("Yesterday");
  if (days === -1) return _("Tomorrow");
  return format(at, zone, { weekday: "long", day: "numeric", month: "long", year: sameYear(at, now, zone) ? undefined : "numeric" });
}

/** The whole of an instant, for tooltips: "Wednesday 25 November 2026 at 14:32". */
export function fullTime(at: string, zone: string): string {
  return format(at, zone, { dateStyle: "full", timeStyle: "short" });
}

/** When a snoozed dialog returns: "18:00", "tomorrow at 9:00", "Mon, 30 Nov, 9:00". */
export function returnTime(at: string | number, now: number, zone: string): string {
  const days = daysBetween(at, now, zone);
  if (days === 0) return time(at, zone);
  if (days === -1) return _("tomorrow at {time}", { time: time(at, zone) });
  const day = format(at, zone, { weekday: "short", day: "numeric", month: "short" });
  return `${day}, ${time(at, zone)}`;
}

/** The same beside a preset, where room is short: "17:35", "Mon 9:00", "Mon, 30 Nov". */
export function shortReturn(at: number, now: number, zone: string): string {
  const days = -daysBetween(at, now, zone);
  if (days === 0) return time(at, zone);
  if (days < 6) return `${format(at, zone, { weekday: "short" })} ${time(at, zone)}`;
  return format(at, zone, { weekday: "short", day: "numeric", month: "short" });
}

/** "4 min", "3 h", "2 d": how long someone waits, or (negative) how late we are. */
export function shortDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? "−" : "";
  const size = Math.abs(milliseconds);
  if (size < 60 * MINUTE) return sign + unit(Math.max(1, Math.round(size / MINUTE)), "minute");
  if (size < DAY) return sign + unit(Math.round(size / (60 * MINUTE)), "hour");
  return sign + unit(Math.round(size / DAY), "day");
}

/** The same in words a screen reader says: "4 minutes". */
export function longDuration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  if (size < 60 * MINUTE) return unit(Math.max(1, Math.round(size / MINUTE)), "minute", "long");
  if (size < DAY) return unit(Math.round(size / (60 * MINUTE)), "hour", "long");
  return unit(Math.round(size / DAY), "day", "long");
}

export function monthAndYear(at: string, zone: string): string {
  return format(at, zone, { month: "long", year: "numeric" }).replace(/\s?г\.$/, "");
}

/** "1.2 MB" in the reader's digits. */
export function fileSize(bytes: number): string {
  const steps: [number, string][] = [[1024 ** 3, "gigabyte"], [1024 ** 2, "megabyte"], [1024, "kilobyte"]];
  for (const [size, name] of steps) {
    if (bytes >= size) return unit(Math.round((bytes / size) * 10) / 10, name);
  }
  return unit(bytes, "byte");
}

export function number(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

/** Counts beside a view stop at 99. */
export function count(value: number): string {
  return value > 99 ? "99+" : value === 0 ? "" : String(value);
}

export function seconds(value: number): string {
  return ngettext("{count} second", "{count} seconds", value);
}

/** "Anna, Boris and Maria". */
export function list(names: string[]): string {
  return new Intl.ListFormat(language(), { type: "conjunction" }).format(names);
}

/** Two letters to stand for a face. */
export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, " ").trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "")][0] ?? "").join("").toLocaleUpperCase(language()) || "?";
}

/** Whole calendar days from `at` to `now` in the zone; negative when `at` lies ahead. */
export function daysBetween(at: string | number, now: number, zone: string): number {
  return Math.round((dayNumber(now, zone) - dayNumber(at, zone)) / DAY);
}

/** A zone as a person would call it: "Екатеринбург", "Central European", "Ekaterimburgo". */
export function zoneName(zone: string): string {
  const parts = formatter(language(), zone, { timeZoneName: "longGeneric" }).formatToParts(0);
  const name = (parts.find((one) => one.type === "timeZoneName")?.value ?? zone)
    .replace(/,? (стандартное|летнее) время$/, "").replace(/ (Standard |Summer |Daylight )?Time$/, "").replace(/^hora (estándar |de verano )?(de )?/, "");
  return name.charAt(0).toLocaleUpperCase(language()) + name.slice(1);
}

function sameYear(at: string | number, now: number, zone: string): boolean {
  return new Date(dayNumber(at, zone)).getUTCFullYear() === new Date(dayNumber(now, zone)).getUTCFullYear();
}

/** The start, in UTC, of the calendar day it is in the zone. No zone begins a day within a quarter of an hour. */
function dayNumber(at: string | number, zone: string): number {
  const instant = new Date(at).getTime();
  const key = `${zone}|${Math.floor(instant / QUARTER)}`;
  let day = dayNumbers.get(key);
  if (day === undefined) {
    if (dayNumbers.size >= DAYS_KEPT) dayNumbers.clear();
    dayNumbers.set(key, (day = reckonDay(instant, zone)));
  }
  return day;
}

function reckonDay(instant: number, zone: string): number {
  const parts = formatter("en-CA", zone, { year: "numeric", month: "numeric", day: "numeric" }).formatToParts(instant);
  const [year, month, day] = ["year", "month", "day"].map((name) => Number(parts.find((one) => one.type === name)?.value));
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day);
}

function format(at: string | number, zone: string, options: Intl.DateTimeFormatOptions): string {
  return formatter(calendar(), zone, options).format(new Date(at));
}

/** Whose dates the reader is used to; our English is British, and so is the pages' (app/pages.py). */
function calendar(): string {
  return language() === "en" ? "en-GB" : language();
}

function formatter(locale: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${zone}|${JSON.stringify(options)}`;
  let made = formatters.get(key);
  if (!made) formatters.set(key, (made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })));
  return made;
}

function unit(value: number, name: string, display: "short" | "long" = "short"): string {
  const options: Intl.NumberFormatOptions = { style: "unit", unit: name, unitDisplay: display };
  return new Intl.NumberFormat(language(), options).format(value);
}
