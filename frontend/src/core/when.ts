/** "завтра в 9", "in 2h", "el lunes": from a few words to an instant in the agent's zone. */

import { instantOf, wallTime, type Wall } from "./zone.ts";

/** The hours a team keeps; presets and bare dates lean on them. */
export interface Hours {
  start: number;
  evening: number;
  /** The first day of the working week, 0 = Sunday. */
  firstDay: number;
  workdays: number[];
}

export const OFFICE: Hours = { start: 9, evening: 18, firstDay: 1, workdays: [1, 2, 3, 4, 5] };

export interface Setting {
  now: number;
  zone: string;
  /** The reader's language settles what is ambiguous, such as 3/11. */
  language: string;
  hours?: Hours;
}

/** The instant that a text means, or null when it means none, or one that has passed. */
export function parseWhen(text: string, setting: Setting): number | null {
  const rest = new Rest(normalise(text));
  if (rest.empty) return null;
  const hours = setting.hours ?? OFFICE;
  const passing = takeDuration(rest);
  if (passing && passing.days === 0 && passing.months === 0) {
    return rest.done ? setting.now + passing.minutes * 60_000 : null;
  }
  const today = wallTime(setting.now, setting.zone);
  const part = takeDayPart(rest, hours);
  const date = passing ? shifted(today, passing) : takeDate(rest, today, setting, hours);
  const time = takeTime(rest, part) ?? partTime(part);
  if (!rest.done || (!date && !time)) return null;
  return settle(date, time, today, setting, hours);
}

/** The presets of the snooze popover, each with its instant. "client_morning" needs the customer's zone. */
export type PresetName = "later" | "evening" | "tomorrow" | "week" | "client_morning";

export function presets(setting: Setting, clientZone: string | null): { name: PresetName; at: number }[] {
  const hours = setting.hours ?? OFFICE;
  const today = wallTime(setting.now, setting.zone);
  const at = (days: number, hour: number) => instantOf({ ...today, day: today.day + days, hour, minute: 0 }, setting.zone);
  const found: { name: PresetName; at: number }[] = [{ name: "later", at: roundUp(setting.now + 3 * 3_600_000) }];
  if (today.hour < hours.evening - 2) found.push({ name: "evening", at: at(0, hours.evening) });
  found.push({ name: "tomorrow", at: at(1, hours.start) });
  found.push({ name: "week", at: at(daysUntil(today.weekday, hours.firstDay) || 7, hours.start) });
  if (clientZone && clientZone !== setting.zone) {
    found.push({ name: "client_morning", at: nextMorning(setting.now, clientZone, hours.start) });
  }
  return found;
}

/** T is tomorrow, M Monday (or whichever day the week begins with), R until they reply; on a Russian layout by where they stand. */
const LETTERS: Record<string, PresetName | "reply"> = { t: "tomorrow", е: "tomorrow", m: "week", ь: "week", r: "reply", к: "reply" };

/** The choice that one letter alone means. */
export function letterChoice(query: string): PresetName | "reply" | null {
  return LETTERS[query.trim().toLowerCase()] ?? null;
}

/** The value of an <input type="datetime-local"> for an instant, and back. */
export function toLocalInput(instant: number, zone: string): string {
  const wall = wallTime(instant, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${wall.year}-${two(wall.month)}-${two(wall.day)}T${two(wall.hour)}:${two(wall.minute)}`;
}

export function fromLocalInput(value: string, zone: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(value);
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1).map(Number);
  return instantOf({ year, month, day, hour, minute }, zone);
}

// --- reading -----------------------------------------------------------------------------------

/** What of the text is still to be understood. */
class Rest {
  constructor(private text: string) {}

  get empty(): boolean {
    return this.text.trim() === "";
  }

  /** Nothing left but small words. */
  get done(): boolean {
    return this.text.split(/\s+/).every((word) => word === "" || FILLERS.has(word));
  }

  /** Removes the first match, which must stand between word borders. */
  take(pattern: string): RegExpExecArray | null {
    const found = new RegExp(`(?<![\\p{L}\\p{N}:.])(?:${pattern})(?![\\p{L}\\p{N}])`, "u").exec(this.text);
    if (found) this.text = `${this.text.slice(0, found.index)} ${this.text.slice(found.index + found[0].length)}`;
    return found;
  }
}

const FILLERS = new Set(
  ("в во на к до с у и этот эту эта этой at on by the of this until till to for a an el la las los de del al por en hasta " +
    "para este esta y h ч час часов часа часам").split(" "),
);

const LATIN: Record<string, string> = { á: "a", é: "e", í: "i", ó: "o", ú: "u", ü: "u", ñ: "n" };

function normalise(text: string): string {
  return text.toLowerCase().normalize("NFC").replace(/[áéíóúüñ]/g, (letter) => LATIN[letter] ?? letter)
    .replaceAll("ё", "е").replace(/[,;!?]+/g, " ").replace(/(\p{L})\.(?=\s|$)/gu, "$1").replace(/\s+/g, " ").trim();
}

interface Span {
  minutes: number;
  days: number;
  months: number;
}

const UNITS: [string, keyof Span, number][] = [
  ["минут[уыа]?|мин|м|minutes?|mins?|m|minutos?", "minutes", 1],
  ["час(?:а|ов|ик)?|ч|hours?|hrs?|hr|h|horas?", "minutes", 60],
  ["дн(?:я|ей)|день|дн|д|days?|d|dias?", "days", 1],
  ["недел(?:ю|и|ь|ька|ьку)|нед|weeks?|w|semanas?", "days", 7],
  ["месяц(?:а|ев)?|мес|months?|mes(?:es)?", "months", 1],
];

const NUMBERS: Record<string, number> = {
  пол: 0.5, полтора: 1.5, пару: 2, один: 1, одну: 1, два: 2, две: 2, три: 3, четыре: 4, пять: 5,
  a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, half: 0.5, "half an": 0.5,
  un: 1, una: 1, dos: 2, tres: 3, cuatro: 4, cinco: 5, media: 0.5,
};

/** "в 3 дня" and "at 9 h" are times of day, not spans. */
const NO_CLOCK = "(?<!(?:в|к|at|a las?|до) )";

/** "через 2ч 30 мин", "in an hour", "dentro de 3 días". A number with a unit needs no "in" before it. */
function takeDuration(rest: Rest): Span | null {
  const span: Span = { minutes: 0, days: 0, months: 0 };
  const lead = rest.take("через|спустя|in|dentro de|en(?= (?:\\d|un|una|dos|tres|cuatro|cinco|media)[^\\p{L}])") !== null;
  let found = false;
  if (rest.take("полчаса(?:ика)?|half an hour|media hora")) {
    span.minutes += 30;
    found = true;
  }
  const words = Object.keys(NUMBERS).sort((a, b) => b.length - a.length).join("|");
  for (const [names, key, size] of UNITS) {
    const count = rest.take(`${NO_CLOCK}(\\d+(?:[.,]\\d+)?)\\s*(?:${names})`) ?? rest.take(`(${words})\\s+(?:${names})`);
    if (count) {
      span[key] += amount(count[1] ?? "1") * size;
      found = true;
    } else if (lead && rest.take(names)) {
      span[key] += size;
      found = true;
    }
  }
  return found ? { ...span, minutes: Math.round(span.minutes), days: Math.round(span.days) } : null;
}

function amount(text: string): number {
  return NUMBERS[text] ?? Number(text.replace(",", "."));
}

type DayPart = "morning" | "noon" | "afternoon" | "evening" | "night";

/** "утром", "in the evening", "por la tarde", also as what makes 9 into 21. */
function takeDayPart(rest: Rest, hours: Hours): { part: DayPart; hour: number; tonight: boolean } | null {
  const parts: [string, DayPart, number][] = [
    ["утром|утра|с утра|in the morning|morning|(?:por|de|en) la manana|manana temprano", "morning", hours.start],
    ["в полдень|полдень|noon|midday|(?:a(?:l)? )?mediodia", "noon", 12],
    ["днем|дня|после обеда|in the afternoon|afternoon|(?:por|de|esta) la tarde|por la tarde|esta tarde|tarde", "afternoon", 14],
    ["вечером|вечера|к вечеру|tonight|in the evening|this evening|evening|(?:por|de) la noche|esta noche|noche", "evening", hours.evening],
    ["ночью|ночи|at night|night|de la madrugada|madrugada", "night", 23],
  ];
  for (const [names, part, hour] of parts) {
    const found = rest.take(names);
    if (found) return { part, hour, tonight: /tonight|this|esta/.test(found[0]) };
  }
  return null;
}

type Clock = { hour: number; minute: number };

function partTime(part: { hour: number } | null): Clock | null {
  return part ? { hour: part.hour, minute: 0 } : null;
}

/** "9", "в 9:30", "9am", "a las 9", "9 вечера". */
function takeTime(rest: Rest, part: { part: DayPart } | null): Clock | null {
  const found = rest.take("(?:(?:в|к|at|a las?|до) )?(\\d{1,2})(?:[:.ч-](\\d{2}))?\\s*(am|pm|a\\.m|p\\.m)?\\s*(?:час(?:ов|а)?|ч|h|hrs)?");
  if (!found) return null;
  let hour = Number(found[1]);
  const minute = Number(found[2] ?? 0);
  const half = found[3]?.[0];
  if ((half === "p" || part?.part === "evening" || part?.part === "afternoon") && hour < 12) hour += 12;
  if ((half === "a" || part?.part === "night") && hour === 12) hour = 0;
  return hour < 24 && minute < 60 ? { hour, minute } : null;
}

const WEEKDAYS = [
  "воскресень[ея]|вс|sundays?|sun|domingo|dom",
  "понедельник|пн|mondays?|mon|lunes|lun",
  "вторник|вт|tuesdays?|tues?|martes|mar",
  "сред[ауые]|ср|wednesdays?|wed|miercoles|mie",
  "четверг|чт|thursdays?|thurs?|thu|jueves|jue",
  "пятниц[ауые]|пт|fridays?|fri|viernes|vie",
  "суббот[ауые]|сб|saturdays?|sat|sabado|sab",
];

const MONTHS = [
  "янв(?:ар[ья])?|jan(?:uary)?|ene(?:ro)?", "фев(?:рал[ья])?|feb(?:ruary|rero)?", "март?а?|mar(?:ch|zo)?",
  "апр(?:ел[ья])?|apr(?:il)?|abr(?:il)?", "ма[йя]|may(?:o)?", "июн[ья]?|june?|junio", "июл[ья]?|july?|julio",
  "авг(?:уста?)?|aug(?:ust)?|ago(?:sto)?", "сен(?:т(?:ябр[ья])?)?|sep(?:t(?:ember|iembre)?)?",
  "окт(?:ябр[ья])?|oct(?:ober|ubre)?", "ноя(?:бр[ья])?|nov(?:ember|iembre)?", "дек(?:абр[ья])?|dec(?:ember)?|dic(?:iembre)?",
];

type Day = { year: number; month: number; day: number; weekday?: boolean; open?: boolean };

function takeDate(rest: Rest, today: Wall & { weekday: number }, setting: Setting, hours: Hours): Day | null {
  const shift = (days: number): Day => ({ year: today.year, month: today.month, day: today.day + days });
  if (rest.take("послезавтра|(?:the )?day after tomorrow|pasado manana")) return shift(2);
  if (rest.take("завтра|tomorrow|tmrw|manana")) return shift(1);
  if (rest.take("сегодня|today|hoy")) return { ...shift(0), open: true };
  if (rest.take("(?:в )?начале? (?:следующей )?недели|(?:на )?(?:следующей|той) неделе|next week|(?:la )?proxima semana|(?:la )?semana que viene")) {
    return shift(daysUntil(today.weekday, hours.firstDay) || 7);
  }
  if (rest.take("(?:в )?конце? недели|end of (?:the )?week|fin(?:al)? de (?:la )?semana")) return shift(daysUntil(today.weekday, 5) || 7);
  const calendar = takeCalendarDate(rest, today, setting);
  if (calendar) return calendar;
  const next = rest.take("следующ(?:ий|ую|ее)|next|(?:el )?proximo|que viene") !== null;
  for (const [weekday, names] of WEEKDAYS.entries()) {
    if (!rest.take(names)) continue;
    const days = daysUntil(today.weekday, weekday);
    return { ...shift(days === 0 && next ? 7 : days), weekday: true };
  }
  return null;
}

function takeCalendarDate(rest: Rest, today: Wall, setting: Setting): Day | null {
  for (const [index, names] of MONTHS.entries()) {
    const found = rest.take(`(\\d{1,2})(?:st|nd|rd|th|-?го)?(?: de| of)? (?:${names})(?: (?:de )?(\\d{4}))?`) ??
      rest.take(`(?:${names}) (\\d{1,2})(?:st|nd|rd|th)?(?!:)(?: (\\d{4}))?`);
    if (found) return calendarDay(Number(found[1]), index + 1, found[2], today);
  }
  const iso = rest.take("(\\d{4})-(\\d{2})-(\\d{2})");
  if (iso) return calendarDay(Number(iso[3]), Number(iso[2]), iso[1], today);
  const dotted = rest.take("(\\d{1,2})([./])(\\d{1,2})(?:[./](\\d{4}|\\d{2}))?(?!\\s*(?:am|pm))");
  if (!dotted) return null;
  const american = dotted[2] === "/" && setting.language.startsWith("en");
  const [day, month] = american ? [dotted[3], dotted[1]] : [dotted[1], dotted[3]];
  return calendarDay(Number(day), Number(month), dotted[4], today);
}

/** Without a year it is the next such day; a day the month does not have is none. */
function calendarDay(day: number, month: number, year: string | undefined, today: Wall): Day | null {
  const passed = month < today.month || (month === today.month && day < today.day);
  const chosen = year ? Number(year.length === 2 ? `20${year}` : year) : today.year + (passed ? 1 : 0);
  const real = new Date(Date.UTC(chosen, month - 1, day));
  if (month < 1 || real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day) return null;
  return { year: chosen, month, day };
}

// --- joining -----------------------------------------------------------------------------------

function settle(date: Day | null, time: Clock | null, today: Wall, setting: Setting, hours: Hours): number | null {
  const { now, zone } = setting;
  const on = (day: Day, clock: Clock) => instantOf({ year: day.year, month: day.month, day: day.day, ...clock }, zone);
  if (!date) {
    const clock = time ?? { hour: hours.start, minute: 0 };
    const first = on(today, clock);
    return first > now ? first : on({ ...today, day: today.day + 1 }, clock);
  }
  if (date.open && !time) {
    const evening = on(date, { hour: hours.evening, minute: 0 });
    return evening > now ? evening : null;
  }
  const found = on(date, time ?? { hour: hours.start, minute: 0 });
  if (found > now) return found;
  return date.weekday ? on({ ...date, day: date.day + 7 }, time ?? { hour: hours.start, minute: 0 }) : null;
}

function shifted(today: Wall, span: Span): Day {
  if (span.months === 0) return { year: today.year, month: today.month, day: today.day + span.days };
  const month = today.month + span.months;
  const last = new Date(Date.UTC(today.year, month, 0)).getUTCDate();
  return { year: today.year, month, day: Math.min(today.day, last) + span.days };
}

function daysUntil(from: number, to: number): number {
  return (to - from + 7) % 7;
}

function nextMorning(now: number, zone: string, hour: number): number {
  const there = wallTime(now, zone);
  const today = instantOf({ ...there, hour, minute: 0 }, zone);
  return today > now ? today : instantOf({ ...there, day: there.day + 1, hour, minute: 0 }, zone);
}

/** To the next five minutes: nobody snoozes until 17:33. */
function roundUp(instant: number): number {
  const step = 5 * 60_000;
  return Math.ceil(instant / step) * step;
}
