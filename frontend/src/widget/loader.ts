/**
 * The script a shop puts on its pages. It draws the button, makes the frame when it is wanted, and keeps what
 * only the shop's own origin can keep: the visitor's token. All talk with the server is the frame's.
 */

import { makeBlinking } from "./blinking.ts";
import { type Api, makeCommands, replay } from "./commands.ts";
import { safely } from "./dom.ts";
import { makeLauncher } from "./launcher.ts";
import { makeTalk } from "./talk.ts";
import { captureTouches } from "./touches.ts";
import type { Identity, Page, Settings, ToFrame, ToPage } from "./types.ts";

declare global {
  interface Window {
    Emptyfeed?: Api;
    EmptyfeedSettings?: Settings;
  }
}

interface Options extends Identity {
  locale?: string;
  hidden?: boolean;
  page?: Partial<Page>;
}

type Word = Omit<ToFrame, "nonce">;

/** How long a frame that has loaded may take to say so; what loaded otherwise is the browser's own regret. */
const PATIENCE = 4000;

function begin(settings: Settings, early: Api | undefined): void {
  const [kept, session] = [safely(() => localStorage), safely(() => sessionStorage)];
  const key = `emptyfeed:${settings.key}`;
  const touches = captureTouches(kept ?? null);
  let token: string | null = null;
  /** The browser's, which another tab may have been given meanwhile. */
  const known = () => (token = safely(() => kept!.getItem(key)) ?? token);
  let identity: Identity | null = null;
  let told: Partial<Page> = {};
  let [isOpen, isHidden, isMade, isReady] = [false, false, false, false];
  let [nonce, language, page] = ["", "", ""];
  let waiting: Word[] = [];

  const [frame, phone, stand, name, unread, hideAll, turnTo, load] = makeLauncher(settings, () => turn(!isOpen), () => make());
  const say = makeTalk<ToFrame, ToPage>(() => frame.contentWindow, settings.host, () => nonce, hear);
  const blink = makeBlinking(document, (task) => setInterval(task, 1000), clearInterval);
  const [api, emit] = makeCommands({
    boot: update,
    identify,
    update,
    open: () => turn(true),
    close: () => turn(false),
    toggle: () => turn(!isOpen),
    show: () => hide(false),
    hide: () => hide(true),
    setLocale,
    prefill,
    startConversation(text?: string) {
      prefill(text);
      turn(true);
    },
    logout() {
      if (known()) {
        post({ logout: token! });
        make();
      }
      identity = null;
      keep(null);
      turn(false);
      hide(isHidden);
    },
  }, reportError);

  function hear(word: ToPage): void {
    const { hello, unread: waits, message, error, close } = word;
    if (hello) {
      isReady = true;
      say({ start: { token: known(), touches, kept: safely(() => session!.getItem(`${key}+`)) }, page: here(), identity, open: isOpen, focus: isOpen });
      for (const each of waiting) say(each);
      waiting = [];
    }
    if (word.kept) safely(() => session!.setItem(`${key}+`, word.kept!));
    if (word.token !== undefined) keep(word.token);
    if (waits !== undefined) count(waits);
    if (message) emit("message", message);
    if (error) emit("error", error);
    if (close) turn(false);
  }

  /** Told at once, or as soon as the frame can hear. */
  function post(word: Word): void {
    if (isReady) say(word);
    else waiting.push(word);
  }

  function prefill(text?: string): void {
    if (text) post({ prefill: text });
  }

  function make(): void {
    if (isMade) return;
    isMade = true;
    isReady = false;
    nonce = crypto.getRandomValues(new Uint32Array(4)).join("-");
    frame.onload = () => setTimeout(() => isReady || lose(), PATIENCE);
    load(`${settings.host}/w/${settings.key}/frame?language=${language}#${nonce},${location.origin}`);
  }

  /** The frame does not come: this site may not show it, or there is no network. The next press tries again. */
  function lose(): void {
    isMade = false;
    load("");
    turn(false);
    emit("error", "unreachable");
  }

  function turn(open: boolean, focus = true): void {
    if (open === isOpen || (open && isShut())) return;
    isOpen = open;
    if (open) make();
    if (isReady) say({ open, focus, page: here() });
    turnTo(open);
    safely(() => session!.setItem(key, open ? "1" : ""));
    emit(open ? "open" : "close");
  }

  function isShut(): boolean {
    return isHidden || (settings.require_identity && !identity);
  }

  function hide(is: boolean): void {
    isHidden = is;
    hideAll(isShut());
    if (isShut()) turn(false);
  }

  function identify(given: Identity): void {
    identity = { ...identity, ...given };
    hide(isHidden);
    if (isReady) say({ identity });
  }

  function update({ page: changed, locale, hidden, ...who }: Options = {}): void {
    told = { ...told, ...changed };
    if (locale) setLocale(locale);
    if (hidden !== undefined) hide(hidden);
    if (Object.keys(who).length) identify(who);
    tick();
  }

  /** The first wish that can be met, in any of a language's kinds; else what the shop says. */
  function setLocale(wish: string): void {
    const { languages, default_language: otherwise } = settings;
    const wishes = [wish, document.documentElement.lang, ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
    const before = language;
    language = wishes.find((each) => languages[each]) ?? otherwise;
    const { title, button } = languages[language]!;
    name(title, button || title);
    if (isMade && language !== before) again();
  }

  function again(): void {
    isMade = false;
    make();
  }

  function keep(next: string | null): void {
    token = next;
    safely(() => (next ? kept!.setItem(key, next) : kept!.removeItem(key)));
    if (!next) count(0);
  }

  function count(lines: number): void {
    unread(lines);
    blink(lines);
    emit("unread", lines, true);
  }

  function here(): Page {
    return { url: location.href, title: document.title, referrer: document.referrer, ...told };
  }

  /** Where the visitor is now, in a page that changes without loading. */
  function tick(): void {
    if (document.hidden) return;
    if (stand() && isMade) again();
    const now = JSON.stringify([location.href, told]);
    if (isReady && isOpen && now !== page) say({ page: here() });
    page = now;
  }

  window.Emptyfeed = Object.assign(api, { loaded: true as const });
  stand();
  setLocale("");
  hide(false);
  setInterval(tick, 1000);
  addEventListener("storage", () => token !== known() && isMade && again());
  addEventListener("visibilitychange", () => blink(0));
  emit("ready", undefined, true);
  replay(api, early?.q);
  if (!phone.matches && safely(() => session!.getItem(key))) turn(true, false);
  else if (known()) setTimeout(make, 1000);
}

const { Emptyfeed: early, EmptyfeedSettings: settings } = window;
delete window.EmptyfeedSettings;
if (settings && !early?.loaded) {
  const start = () => begin(settings, early);
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
}
