import assert from "node:assert/strict";
import { test } from "node:test";
import { fromLocalInput, letterChoice, parseWhen, presets, toLocalInput } from "./when.ts";
import { instantOf } from "./zone.ts";

// Wednesday, 25 November 2026, 14:35 in Moscow
const now = Date.parse("2026-11-25T11:35:00Z");
const setting = { now, zone: "Europe/Moscow", language: "ru" };

function said(text: string, language = "ru"): string | null {
  const at = parseWhen(text, { ...setting, language });
  return at === null ? null : toLocalInput(at, setting.zone);
}

const RUSSIAN: [string, string][] = [
  ["завтра в 9", "2026-11-26T09:00"],
  ["Завтра", "2026-11-26T09:00"],
  ["завтра утром", "2026-11-26T09:00"],
  ["завтра вечером", "2026-11-26T18:00"],
  ["завтра в 3 дня", "2026-11-26T15:00"],
  ["завтра в 15:30", "2026-11-26T15:30"],
  ["послезавтра в 10", "2026-11-27T10:00"],
  ["сегодня в 18", "2026-11-25T18:00"],
  ["сегодня", "2026-11-25T18:00"],
  ["вечером", "2026-11-25T18:00"],
  ["утром", "2026-11-26T09:00"],
  ["в 10", "2026-11-26T10:00"],
  ["в 16", "2026-11-25T16:00"],
  ["18:20", "2026-11-25T18:20"],
  ["9 утра", "2026-11-26T09:00"],
  ["в 7 вечера", "2026-11-25T19:00"],
  ["2ч", "2026-11-25T16:35"],
  ["через 2ч", "2026-11-25T16:35"],
  ["через 2 часа", "2026-11-25T16:35"],
  ["через час", "2026-11-25T15:35"],
  ["через полчаса", "2026-11-25T15:05"],
  ["через полтора часа", "2026-11-25T16:05"],
  ["через 15 мин", "2026-11-25T14:50"],
  ["1 ч 30 мин", "2026-11-25T16:05"],
  ["через 3 дня", "2026-11-28T09:00"],
  ["через 3 дня в 11", "2026-11-28T11:00"],
  ["через неделю", "2026-12-02T09:00"],
  ["через месяц", "2026-12-25T09:00"],
  ["пн", "2026-11-30T09:00"],
  ["в понедельник в 10:15", "2026-11-30T10:15"],
  ["в среду в 16", "2026-11-25T16:00"],
  ["в среду", "2026-12-02T09:00"],
  ["в пятницу вечером", "2026-11-27T18:00"],
  ["на следующей неделе", "2026-11-30T09:00"],
  ["в начале недели", "2026-11-30T09:00"],
  ["1 декабря в 10", "2026-12-01T10:00"],
  ["1 дек", "2026-12-01T09:00"],
  ["25.12 14:00", "2026-12-25T14:00"],
  ["25.12.2026", "2026-12-25T09:00"],
  ["3 марта", "2027-03-03T09:00"],
  ["завтра в 9 ч", "2026-11-26T09:00"],
  ["завтра к 9 часам", "2026-11-26T09:00"],
  ["5 мая", "2027-05-05T09:00"],
];

const ENGLISH: [string, string][] = [
  ["tomorrow", "2026-11-26T09:00"],
  ["tomorrow at 9", "2026-11-26T09:00"],
  ["tomorrow 9am", "2026-11-26T09:00"],
  ["tomorrow 3pm", "2026-11-26T15:00"],
  ["tonight", "2026-11-25T18:00"],
  ["this evening", "2026-11-25T18:00"],
  ["in 2h", "2026-11-25T16:35"],
  ["in 2 hours", "2026-11-25T16:35"],
  ["in an hour", "2026-11-25T15:35"],
  ["in half an hour", "2026-11-25T15:05"],
  ["30 min", "2026-11-25T15:05"],
  ["in 3 days", "2026-11-28T09:00"],
  ["monday", "2026-11-30T09:00"],
  ["next monday at 10", "2026-11-30T10:00"],
  ["fri 4pm", "2026-11-27T16:00"],
  ["next week", "2026-11-30T09:00"],
  ["nov 30", "2026-11-30T09:00"],
  ["december 1 at 10:30", "2026-12-01T10:30"],
  ["1st of december", "2026-12-01T09:00"],
  ["12/3", "2026-12-03T09:00"],
  ["noon", "2026-11-26T12:00"],
  ["the day after tomorrow", "2026-11-27T09:00"],
];

const SPANISH: [string, string][] = [
  ["mañana", "2026-11-26T09:00"],
  ["mañana por la mañana", "2026-11-26T09:00"],
  ["mañana por la tarde", "2026-11-26T14:00"],
  ["mañana a las 10", "2026-11-26T10:00"],
  ["pasado mañana", "2026-11-27T09:00"],
  ["esta noche", "2026-11-25T18:00"],
  ["en 2 horas", "2026-11-25T16:35"],
  ["en una hora", "2026-11-25T15:35"],
  ["dentro de 3 días", "2026-11-28T09:00"],
  ["lunes", "2026-11-30T09:00"],
  ["el lunes a las 9:30", "2026-11-30T09:30"],
  ["martes", "2026-12-01T09:00"],
  ["la semana que viene", "2026-11-30T09:00"],
  ["3 de diciembre", "2026-12-03T09:00"],
  ["3/12", "2026-12-03T09:00"],
  ["a las 9 de la noche", "2026-11-25T21:00"],
];

for (const [language, table] of [["ru", RUSSIAN], ["en", ENGLISH], ["es", SPANISH]] as const) {
  for (const [text, wanted] of table) {
    test(`${language}: "${text}" is ${wanted}`, () => assert.equal(said(text, language), wanted));
  }
}

for (const text of ["", "   ", "привет", "завтра потом", "в 25", "9:75", "31.02", "вчера", "сегодня в 9", "25.11.2020", "40 ноября"]) {
  test(`"${text}" means no time to come`, () => assert.equal(said(text), null));
}

test("the night the clocks go forward has no half past two", () => {
  const zone = "Europe/Madrid";
  const at = instantOf({ year: 2026, month: 3, day: 29, hour: 2, minute: 30 }, zone);
  assert.equal(new Date(at).toISOString(), "2026-03-29T01:30:00.000Z");
});

test("of the hour that comes twice in autumn the first is meant", () => {
  const at = instantOf({ year: 2026, month: 10, day: 25, hour: 2, minute: 30 }, "Europe/Madrid");
  assert.equal(new Date(at).toISOString(), "2026-10-25T00:30:00.000Z");
});

test("tomorrow at nine is nine by the clocks on either side of a change", () => {
  const at = parseWhen("tomorrow 9am", { now: Date.parse("2026-03-28T12:00:00Z"), zone: "Europe/Madrid", language: "en" });
  assert.equal(at && new Date(at).toISOString(), "2026-03-29T07:00:00.000Z");
});

test("in two hours is two hours even while the clocks change", () => {
  const start = Date.parse("2026-03-29T00:30:00Z");
  assert.equal(parseWhen("in 2 hours", { now: start, zone: "Europe/Madrid", language: "en" }), start + 7_200_000);
});

test("presets fall into working hours and the customer's own morning", () => {
  const found = Object.fromEntries(presets(setting, "Asia/Yekaterinburg").map((one) => [one.name, toLocalInput(one.at, setting.zone)]));
  assert.deepEqual(found, {
    later: "2026-11-25T17:35", evening: "2026-11-25T18:00", tomorrow: "2026-11-26T09:00",
    week: "2026-11-30T09:00", client_morning: "2026-11-26T07:00",
  });
});

test("this evening is no preset when it is evening", () => {
  const late = presets({ ...setting, now: Date.parse("2026-11-25T15:00:00Z") }, null).map((one) => one.name);
  assert.deepEqual(late, ["later", "tomorrow", "week"]);
});

test("one letter alone means tomorrow, Monday or a reply, on either layout", () => {
  assert.deepEqual(["t", "M", "r", "е", "ь", "к"].map(letterChoice), ["tomorrow", "week", "reply", "tomorrow", "week", "reply"]);
  assert.deepEqual(["", "to", "x"].map(letterChoice), [null, null, null]);
});

test("a date field's value goes there and back", () => {
  assert.equal(fromLocalInput(toLocalInput(now, setting.zone), setting.zone), now);
  assert.equal(fromLocalInput("nonsense", setting.zone), null);
});
