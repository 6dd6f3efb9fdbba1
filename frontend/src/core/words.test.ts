import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Clock } from "./clock.ts";
import * as format from "./format.ts";
import { _, ngettext, pgettext, setCatalogue } from "./i18n.ts";

const RUSSIAN = {
  language: "ru",
  forms: ["one", "few", "many"],
  messages: {
    "Hello, {name}": "Здравствуйте, {name}",
    "{count} dialog": ["{count} диалог", "{count} диалога", "{count} диалогов"],
    "verb\u0004Open": "Открыть",
    "state\u0004Open": "Открытые",
    "Today": "Сегодня",
    "tomorrow at {time}": "завтра в {time}",
  },
};

const zone = "Europe/Moscow";
const now = Date.parse("2026-11-25T11:35:00Z");

beforeEach(() => setCatalogue(RUSSIAN));

test("words come from the catalogue and values fill them", () => {
  assert.equal(_("Hello, {name}", { name: "Мария" }), "Здравствуйте, Мария");
});

test("what has no translation is said in English", () => {
  assert.equal(_("Unknown {thing}", { thing: "x" }), "Unknown x");
  assert.equal(ngettext("{count} cat", "{count} cats", 2), "2 cats");
});

test("a value that looks like a placeholder is left alone", () => {
  assert.equal(_("Hello, {name}", { name: "{name}" }), "Здравствуйте, {name}");
});

test("one text with two meanings has two translations", () => {
  assert.equal(pgettext("verb", "Open"), "Открыть");
  assert.equal(pgettext("state", "Open"), "Открытые");
});

test("Russian has three plural forms", () => {
  const said = [0, 1, 2, 5, 11, 21, 22, 111, 1001].map((count) => ngettext("{count} dialog", "{count} dialogs", count));
  assert.deepEqual(said, [
    "0 диалогов", "1 диалог", "2 диалога", "5 диалогов", "11 диалогов", "21 диалог", "22 диалога", "111 диалогов", "1\u00a0001 диалог",
  ]);
});

test("Spanish millions fall back to its last form", () => {
  setCatalogue({ language: "es", forms: ["one", "other"], messages: { "{count} dialog": ["{count} diálogo", "{count} diálogos"] } });
  assert.match(ngettext("{count} dialog", "{count} dialogs", 1_000_000), /diálogos$/);
});

test("a row's time shrinks with distance", () => {
  assert.equal(format.feedTime("2026-11-25T11:32:00Z", now, zone), "14:32");
  assert.equal(format.feedTime("2026-11-23T11:32:00Z", now, zone), "пн");
  assert.match(format.feedTime("2026-10-03T11:32:00Z", now, zone), /^3 окт/);
  assert.equal(format.feedTime("2024-10-03T11:32:00Z", now, zone), "03.10.2024");
});

test("today is today in the agent's zone, not in UTC", () => {
  assert.equal(format.dayName("2026-11-24T21:30:00Z", now, zone), "Сегодня");
  assert.equal(format.daysBetween("2026-11-24T20:30:00Z", now, zone), 1);
});

test("a return is told as one says it", () => {
  assert.equal(format.returnTime("2026-11-25T15:00:00Z", now, zone), "18:00");
  assert.equal(format.returnTime("2026-11-26T06:00:00Z", now, zone), "завтра в 09:00");
  assert.match(format.returnTime("2026-11-30T06:00:00Z", now, zone), /^пн, 30 нояб/);
});

test("English is written as in Britain, Spanish as in Spain", () => {
  setCatalogue({ language: "en", forms: ["one", "other"], messages: {} });
  assert.equal(format.feedTime("2024-11-03T01:06:00Z", now, zone), "03/11/2024");
  assert.equal(format.time("2026-11-25T01:06:00Z", zone), "04:06");
  assert.match(format.fullTime("2026-11-25T15:06:00Z", zone), /25 November 2026 at 18:06$/);
  setCatalogue({ language: "es", forms: ["one", "other"], messages: {} });
  assert.equal(format.time("2026-11-25T01:06:00Z", zone), "4:06");
});

test("durations and sizes use the reader's units", () => {
  assert.equal(format.shortDuration(12 * 60_000).replace("\u00a0", " "), "12 мин");
  assert.equal(format.shortDuration(-4 * 60_000).replace("\u00a0", " "), "−4 мин");
  assert.match(format.longDuration(3 * 3_600_000), /3.часа/);
  assert.match(format.fileSize(1_258_291), /1,2.МБ/);
  assert.equal(format.count(100), "99+");
  assert.equal(format.count(0), "");
});

test("initials come from any writing", () => {
  assert.equal(format.initials("Анна Петрова"), "АП");
  assert.equal(format.initials("luis"), "L");
  assert.equal(format.initials("  “Ромашка” ООО "), "РО");
  assert.equal(format.initials("👩‍🚀"), "?");
  assert.equal(format.initials(""), "?");
});

test("a clock that is an hour wrong still counts down rightly", () => {
  let local = now - 3_600_000;
  const clock = new Clock(() => local);
  clock.learn("2026-11-25T11:35:00Z");
  assert.equal(clock.secondsUntil("2026-11-25T11:35:08Z"), 8);
  assert.equal(clock.drift, 3600);
  local += 5000;
  assert.equal(clock.secondsUntil("2026-11-25T11:35:08Z"), 3);
  local += 60_000;
  assert.equal(clock.secondsUntil("2026-11-25T11:35:08Z"), 0);
  clock.learn("nonsense");
  assert.equal(clock.drift, 3600);
});
