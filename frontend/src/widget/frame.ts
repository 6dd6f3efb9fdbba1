/** The chat itself, in a frame of our own origin: puts together what is said, what is seen and what is asked. */

import "./frame.css";
import { _, setWords } from "./say.ts";
import { makeChat } from "./chat.ts";
import { makeComposer } from "./composer.ts";
import { makeConversation } from "./conversation.ts";
import { BELL, CROSS, el, MAIL, MUTE, sign, signButton } from "./dom.ts";
import type { Item } from "./listing.ts";
import { openStore } from "./store.ts";
import type { Entry } from "./outbox.ts";
import { makeTalk } from "./talk.ts";
import type { Field, Session, Settings, ToFrame, ToPage } from "./types.ts";
import { clock, day } from "./words.ts";

interface Start {
  settings: Settings;
  language: string;
  words: string[];
}

const NOTICE = 5000;

const { settings, language, words } = JSON.parse(document.getElementById("start")!.textContent!) as Start;
const texts = settings.languages[language] ?? { title: "" };
const [nonce = "", page = ""] = location.hash.slice(1).split(",");
setWords(language, words);

const root = document.documentElement;
const night = matchMedia("(prefers-color-scheme: dark)");
const kept = { draft: "", entries: [] as Entry[], isLoud: false };
let isOpen = false;
let isDrawing = false;

const talk = makeTalk<ToPage, ToFrame>(() => parent, page, () => nonce, hear);
const store = openStore(`emptyfeed:${settings.key}`, (entries) => keep({ entries }));
const chat = makeChat({
  language,
  store,
  socketAddress: new URL("socket", location.href.replace(/^http/, "ws").split("#")[0]).href,
  draw: soon,
  tell: talk,
  arrived: play,
  alone,
});

const hours = el("p", { className: "hours" });
const notice = el("p", { className: "notice", role: "status" });
const bell = signButton(BELL, _("Sound"), () => {
  keep({ isLoud: !kept.isLoud });
  ring();
  play();
});
const mail = signButton(MAIL, _("Keep a copy of this conversation"), () => void chat.letter().then(tell, () => {}));
const [composer, focusText, prefill, clear] = makeComposer({ send, type: () => chat.type(), keep: (draft) => keep({ draft }), say: tell, limits: () => chat.session?.limits });
const [conversation, drawLines, toEnd] = makeConversation(chat, texts.greeting ?? "", offer, () => isOpen && !document.hidden && chat.seen());
const questions = el("div", { className: "questions" });
let asked = "";

document.body.append(
  el(
    "main",
    {},
    el("header", {}, el("div", {}, el("h1", { dir: "auto" }, texts.title), hours), mail, bell, signButton(CROSS, _("Close"), () => talk({ close: true }))),
    conversation,
    notice,
    questions,
    composer,
  ),
);

function hear(word: ToFrame): void {
  if (word.start) {
    const { token, touches, kept: given } = word.start;
    Object.assign(kept, JSON.parse(given || "{}"));
    prefill(kept.draft);
    store.restore(kept.entries);
    ring();
    chat.start(token, touches);
  }
  if (word.page) chat.page = word.page;
  if (word.logout) {
    clear();
    void chat.leave(word.logout);
  }
  if (word.identity) chat.identify(word.identity);
  if (word.prefill) prefill(word.prefill);
  if (word.open !== undefined) {
    isOpen = word.open;
    chat.turn(isOpen);
    if (isOpen) toEnd();
    if (isOpen && word.focus) setTimeout(focus, 50);
  }
}

/** What this tab's next frame shall find, wherever frames may store nothing. */
function keep(change: Partial<typeof kept>): void {
  talk({ kept: JSON.stringify(Object.assign(kept, change)) });
}

function focus(): void {
  if (composer.hidden) questions.querySelector<HTMLElement>("input, select")?.focus();
  else focusText();
}

function send(text: string, files: File[]): void {
  toEnd();
  void chat.say(text, files);
}

/** One drawing for all that changed in this turn. */
function soon(): void {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    draw();
  });
}

function draw(): void {
  const { session } = chat;
  hours.textContent = chat.isReached ? said() : _("No connection. Your message will be sent when you are back online.");
  hours.className = `hours ${chat.isReached && chat.hours?.open ? "open" : ""}`;
  mail.hidden = !chat.log.last;
  ask(asks(session));
  composer.hidden = asked !== "" || chat.isRefused;
  if (chat.isRefused) tell(_("The chat is open to those who are signed in."));
  drawLines();
}

/** What is to be asked before the chat: whatever is missing at its beginning, later only what has to be there. */
function asks(session: Session | null): Field[] {
  const missing = session?.fields.filter((field) => session.visitor.needs.includes(field.name)) ?? [];
  return chat.log.last && !missing.some((field) => field.required) ? [] : missing;
}

/** Whether somebody is there, or when. */
function said(): string {
  const { open, shown, opens_at: opens } = chat.hours ?? {};
  if (open) return shown || _("We are here");
  const at = new Date(opens ?? 0);
  return opens ? _("We are back: {when}", { when: `${day(at)}, ${clock(at)}` }) : "";
}

function ask(fields: Field[]): void {
  const names = fields.map((field) => field.name).join();
  if (names === asked) return;
  asked = names;
  const made = fill(questions, names && (({ asking }) => asking(fields, _("Start the chat"), (values, consent) => chat.introduce(values, consent).then(focus))));
  made.then(() => isOpen && focus(), () => (asked = ""));
}

/** When nobody is there, that is said, and an answer by e-mail is offered once something was written. */
function offer(): Item[] {
  const { session, log, hours: now } = chat;
  if (now?.open !== false) return [];
  const note: Item = ["away", 0, () => el("p", { className: "bubble greeting first", dir: "auto" }, texts.offline ?? "")];
  if (!session || session.visitor.email || !log.last || asked) return [note];
  const box = el("div");
  const make = () => {
    fill(box, ({ offering }) => offering((values) => chat.introduce(values, false), tell)).catch(() => {});
    return box;
  };
  return [note, ["offer", 0, make]];
}

/** A form is brought when there is something to ask. */
async function fill(box: HTMLElement, form: "" | ((forms: typeof import("./asking.ts")) => HTMLElement)): Promise<void> {
  box.replaceChildren(...(form ? [form(await import("./asking.ts"))] : []));
}

let quiet = 0;
function tell(words: string): void {
  notice.textContent = words;
  clearTimeout(quiet);
  quiet = setTimeout(() => (notice.textContent = ""), NOTICE) as unknown as number;
}

function ring(): void {
  bell.replaceChildren(sign(kept.isLoud ? BELL : MUTE));
  bell.ariaPressed = `${kept.isLoud}`;
}

function play(): void {
  if (kept.isLoud) void import("./sound.ts").then((sound) => sound.play()).catch(() => {});
}

function paint(): void {
  const isDark = settings.theme === "dark" || (settings.theme !== "light" && night.matches);
  root.className = isDark ? "dark" : "";
  for (const [name, value] of Object.entries(settings.colours[isDark ? "dark" : "light"])) root.style.setProperty(`--${name}`, value);
}

/** One tab at a time sends what waits; where locks are forbidden, sending twice does no harm. */
async function alone(task: () => Promise<void>): Promise<void> {
  await (navigator.locks?.request(settings.key, task).catch(task) ?? task());
}

paint();
night.onchange = paint;
for (const event of ["online", "focus"]) addEventListener(event, () => chat.wake());
document.addEventListener("visibilitychange", () => document.hidden || chat.wake());
addEventListener("offline", () => chat.reach(false));
addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && talk({ close: true }));
talk({ hello: true });
