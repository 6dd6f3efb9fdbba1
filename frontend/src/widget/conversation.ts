/** The lines, as they are seen: bubbles in groups, days, what is new, and how far one's own words have come. */

import type { Chat } from "./chat.ts";
import { el } from "./dom.ts";
import { linked, type Piece } from "./linked.ts";
import { has, shown } from "./lines.ts";
import { type Item, makeListing } from "./listing.ts";
import type { Entry } from "./outbox.ts";
import { _ } from "./say.ts";
import type { Line } from "./types.ts";
import { clock, day, initials } from "./words.ts";

const GROUP = 300_000;
const NEAR = 40;

/** Its element, a way to bring it up to date, and one to its end. */
export function makeConversation(chat: Chat, greeting: string, offer: () => Item[], seen: () => void): [box: HTMLElement, draw: () => void, end: () => void] {
  const list = el("div", { className: "list" });
  const box = el("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": _("Conversation"), tabIndex: 0 }, list);
  const listing = makeListing(list);
  let isAtEnd = true;

  const settle = () => {
    if (isAtEnd) box.scrollTop = box.scrollHeight;
  };
  box.onscroll = () => {
    isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (isAtEnd) seen();
  };
  const observer = new ResizeObserver(settle);
  observer.observe(list);
  observer.observe(box);
  const draw = () => {
    listing([...items(chat, greeting), ...offer(), ...typing(chat.typing)]);
    settle();
    if (isAtEnd) seen();
  };
  return [box, draw, () => {
    isAtEnd = true;
    settle();
  }];
}

function* items(chat: Chat, greeting: string): Generator<Item> {
  const lines = shown(chat.log);
  const waiting = chat.outbox.entries.filter((entry) => !has(chat.log, entry.client_id));
  if (chat.log.from > 0) yield ["earlier", 0, () => el("button", { type: "button", className: "day", onclick: () => void chat.earlier().catch(() => {}) }, _("Show earlier messages"))];
  else if (greeting) yield ["greeting", 0, () => el("p", { className: "bubble greeting", dir: "auto" }, greeting)];
  const lastOwn = waiting.length ? null : lines.findLast((line) => line.from === "visitor");
  let before: Line | undefined;
  for (const [place, line] of lines.entries()) {
    const { seq, client_id: id, from } = line;
    const [key, at, next] = [id ?? `${seq}`, new Date(line.at), lines[place + 1]];
    const today = day(at);
    if (!before || day(new Date(before.at)) !== today) yield [`day ${seq}`, today, () => el("p", { className: "day" }, today)];
    if (seq - 1 === chat.newAfter) yield ["new", 0, () => el("p", { className: "day new" }, _("New messages"))];
    const isFirst = !before || !together(before, line);
    yield [key, shows(line.text, line.html, line.files, line.edited, line.deleted, isFirst), () => bubble(line, isFirst)];
    const words = [line.edited && !line.deleted && _("edited"), clock(at), line === lastOwn && (seq <= chat.agentRead ? _("Seen") : _("Sent"))].filter(Boolean).join(" · ");
    if (line === lastOwn || !next || !together(line, next)) yield [`state ${key}`, words, () => el("p", { className: `state ${from}` }, words)];
    before = line;
  }
  for (const entry of waiting) {
    const { client_id: id, text, files } = entry;
    yield [id, shows(text, null, files, false, false, true), () => said("visitor", true, _("Your message"), text && el("div", { className: "bubble", dir: "auto" }, ...nodes(linked(text))), files.length > 0 && later(async () => {
      const { chip } = await import("./file.ts");
      return files.map(({ name, file }) => chip(name, file.size));
    }))];
    yield under(chat, entry);
  }
}

/** What a line shows: the same for one's own before and after the server has it, so that nobody hears it twice. */
function shows(text: string, html: string | null, files: readonly { name: string }[], ...marks: boolean[]): unknown {
  return [text, html, files.map((file) => [file.name, "url" in file]), marks];
}

/** How far an entry has come. */
function under({ outbox, progress, isReached }: Chat, entry: Entry): Item {
  const key = `state ${entry.client_id}`;
  const { failed } = entry;
  if (failed !== undefined) {
    const words = [_("Not sent"), failed].filter(Boolean).join(" · ");
    return [key, words, () => {
      const line = el("p", { className: "state visitor failed", role: "alert" }, words);
      void import("./refused.ts").then(({ choices }) => line.append(...choices(outbox, entry)), () => {});
      return line;
    }];
  }
  const words = isReached && !outbox.tries ? _("Sending…") : _("Waits for the connection");
  const value = entry.files.filter((file) => file.id === undefined).map((file) => progress.get(file.client_id))[0];
  return [key, [words, value], () => el("p", { className: "state visitor" }, value ? el("progress", { value, "aria-label": words }) : words)];
}

function* typing(name: string | null): Generator<Item> {
  if (!name) return;
  yield ["typing", name, () => {
    const line = el("p", { className: "typing" }, _("{name} is writing…", { name }));
    void import("./dots.ts").then(({ dots }) => line.prepend(dots()), () => {});
    return line;
  }];
}

function together(one: Line, next: Line): boolean {
  return one.from === next.from && one.author?.name === next.author?.name && Date.parse(next.at) - Date.parse(one.at) < GROUP;
}

function bubble({ from, author, text, html, files, deleted }: Line, isFirst: boolean): HTMLElement {
  const words = el("div", { className: "bubble", dir: "auto" }, ...(deleted ? [el("i", {}, _("This message was deleted"))] : nodes(linked(text))));
  if (html) void import("./marks.ts").then(({ marks }) => words.replaceChildren(...nodes(marks(html))), () => {});
  const inside = [(deleted || text) && words, files.length > 0 && later(async () => files.map((await import("./file.ts")).file))] as const;
  return said(from, isFirst, from === "agent" ? (author?.name ?? "") : _("Your message"), ...inside);
}

function said(from: string, isFirst: boolean, name: string, ...inside: (HTMLElement | false | "")[]): HTMLElement {
  const isAgent = from === "agent";
  return el(
    "div",
    { className: `line ${from}${isFirst ? " first" : ""}` },
    isAgent && el("span", { className: "face", "aria-hidden": "true" }, isFirst && initials(name)),
    el("div", { className: "said" }, el("span", { className: isAgent && isFirst ? "name" : "unseen" }, name), ...inside),
  );
}

/** A place for what takes code that most conversations do without. */
function later(make: () => Promise<HTMLElement[]>): HTMLElement {
  const box = el("div", { className: "said" });
  make().then((made) => box.replaceChildren(...made), () => {});
  return box;
}

function nodes(pieces: Piece[]): (Node | string)[] {
  return pieces.map((piece) => {
    if (typeof piece === "string") return piece;
    const { tag, href, inside } = piece;
    return el(tag as "a", href ? { href, target: "_blank", rel: "noreferrer" } : {}, ...nodes(inside));
  });
}
