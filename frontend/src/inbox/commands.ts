/** The one table of commands: keys, palette, tooltips and help all read it. */

import { _ } from "../core/i18n.ts";
import type { Command } from "../core/keys.ts";
import type { View } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import { assign, complete, markSpam, reopen, undo } from "./verbs.ts";

export function commandTable(desk: Desk): Command[] {
  const open = () => desk.reading.id !== null && desk.layout.sees("dialog");
  const some = () => desk.targets.length > 0;
  const writer = () => open() && desk.writer;
  return [
    ...moving(desk, open),
    ...dialog(desk, some),
    ...writing(desk, open, writer),
    ...selecting(desk),
    ...places(desk),
    {
      id: "undo", title: _("Undo"), group: _("Everywhere"), keys: ["z"], words: "back revert отменить вернуть deshacer",
      run: () => undo(desk),
    },
    {
      id: "undo_sent", title: _("Undo the reply just sent"), group: _("Writing"), keys: ["mod+z"], inFields: true, hidden: true,
      when: () => justSent(desk), run: () => undo(desk),
    },
    { id: "palette", title: _("Find anything"), group: _("Everywhere"), keys: ["mod+k"], inFields: true, hidden: true, run: () => desk.openPopup("palette", desk.targets) },
    { id: "search", title: _("Search dialogs"), group: _("Everywhere"), keys: ["/"], hidden: true, run: () => desk.openPopup("palette", desk.targets) },
    { id: "new", title: _("New dialog"), group: _("Everywhere"), keys: ["c"], words: "write compose написать письмо nuevo", when: () => desk.writer, run: () => desk.openPopup("new", []) },
    { id: "help", title: _("Keyboard shortcuts"), group: _("Everywhere"), keys: ["?"], words: "help помощь клавиши ayuda", run: () => desk.openPopup("help") },
    { id: "settings", title: _("Appearance and keys"), group: _("Everywhere"), keys: [], words: "theme dark density тема тёмная плотность oscuro", run: () => desk.openPopup("settings") },
    { id: "fold_rail", title: _("Fold or unfold the views"), group: _("Everywhere"), keys: ["["], run: () => desk.layout.toggleRail() },
    { id: "fold_aside", title: _("Show or hide the customer"), group: _("Everywhere"), keys: ["]", "p"], when: () => desk.reading.id !== null, run: () => desk.layout.toggleAside() },
    { id: "next_pane", title: _("Next pane"), group: _("Everywhere"), keys: ["f6"], inFields: true, hidden: true, run: () => nextPane(1) },
    { id: "previous_pane", title: _("Previous pane"), group: _("Everywhere"), keys: ["shift+f6"], inFields: true, hidden: true, run: () => nextPane(-1) },
  ];
}

function moving(desk: Desk, open: () => boolean): Command[] {
  const group = _("Navigation");
  const go = (step: number) => {
    const row = desk.list.neighbour(desk.reading.id, step);
    if (row) desk.reading.open(row.id);
  };
  return [
    { id: "next", title: _("Next dialog"), group, keys: ["j", "arrowdown"], repeats: true, hidden: true, when: () => !inTimeline(), run: () => go(1) },
    { id: "previous", title: _("Previous dialog"), group, keys: ["k", "arrowup"], repeats: true, hidden: true, when: () => !inTimeline(), run: () => go(-1) },
    { id: "enter", title: _("Into the dialog"), group, keys: ["o", "enter"], hidden: true, when: () => desk.reading.id !== null && onPlainGround(), run: () => document.getElementById("timeline")?.focus() },
    { id: "back", title: _("Back to the feed"), group, keys: ["u", "escape"], hidden: true, when: () => open() || desk.list.selected.size > 0 || desk.list.query !== null, run: () => back(desk) },
  ];
}

function dialog(desk: Desk, some: () => boolean): Command[] {
  const group = _("Dialog");
  return [
    { id: "complete", title: _("Complete"), group, keys: ["e"], words: "done close готово закрыть listo cerrar", when: some, run: () => complete(desk, desk.targets) },
    { id: "complete_stay", title: _("Complete and stay here"), group, keys: ["shift+e"], when: some, run: () => complete(desk, desk.targets, true) },
    { id: "reopen", title: _("Back to the feed, open again"), group, keys: [], words: "reopen вернуть открыть reabrir", when: () => desk.targets.some((id) => desk.truth.row(id)?.state !== "open"), run: () => reopen(desk, desk.targets) },
    { id: "snooze", title: _("Snooze"), group, keys: ["h", "b"], words: "later remind позже напомнить posponer", when: some, run: () => desk.openPopup("snooze") },
    { id: "assign", title: _("Assign or hand over"), group, keys: ["a"], words: "передать назначить asignar", when: some, run: () => desk.openPopup("assign") },
    { id: "take", title: _("Take it myself"), group, keys: ["i"], words: "mine себе взять tomar", when: some, run: () => assign(desk, desk.targets, { agent: desk.me.id, team: null }) },
    { id: "tags", title: _("Tags"), group, keys: ["l"], words: "label метки etiquetas", when: some, run: () => desk.openPopup("tags") },
    { id: "same", title: _("One person, several cards"), group, keys: [], words: "merge duplicate объединить дубль unir duplicado", when: () => desk.writer && desk.reading.page !== null, run: () => desk.openPopup("same", []) },
    { id: "spam", title: _("Spam"), group, keys: ["!"], words: "junk мусор basura", when: some, run: () => markSpam(desk, desk.targets) },
  ];
}

function writing(desk: Desk, open: () => boolean, writer: () => boolean): Command[] {
  const group = _("Writing");
  const letter = (kind: "reply" | "reply_all" | "forward") => () => {
    desk.composing.write("reply");
    desk.composing.about = { kind, message: null };
  };
  const mail = () => writer() && desk.reading.row !== null && (desk.channelOf(desk.reading.row)?.capabilities.recipients ?? false);
  return [
    { id: "reply", title: _("Reply"), group, keys: ["r"], words: "answer ответить responder", when: writer, run: letter("reply") },
    { id: "comment", title: _("Comment for the team"), group, keys: ["n"], words: "note заметка nota", when: open, run: () => desk.composing.write("comment") },
    { id: "reply_all", title: _("Reply to all"), group, keys: ["shift+r"], when: mail, run: letter("reply_all") },
    { id: "forward", title: _("Forward"), group, keys: ["f"], words: "переслать reenviar", when: mail, run: letter("forward") },
  ];
}

function selecting(desk: Desk): Command[] {
  const group = _("Selecting");
  const extend = (step: number) => () => {
    const here = desk.reading.id;
    const row = desk.list.neighbour(here, step);
    if (!row) return;
    desk.list.extend(here ?? row.id, row.id);
    desk.reading.open(row.id);
  };
  return [
    { id: "select", title: _("Select this dialog"), group, keys: ["x"], hidden: true, when: () => desk.reading.id !== null, run: () => desk.reading.id !== null && desk.list.toggle(desk.reading.id) },
    { id: "extend_down", title: _("Extend the selection down"), group, keys: ["shift+j"], repeats: true, hidden: true, run: extend(1) },
    { id: "extend_up", title: _("Extend the selection up"), group, keys: ["shift+k"], repeats: true, hidden: true, run: extend(-1) },
    { id: "select_all", title: _("Select all loaded"), group, keys: ["mod+a"], run: () => desk.list.select(desk.list.rows.map((row) => row.id)) },
  ];
}

function places(desk: Desk): Command[] {
  const group = _("Go to");
  const to = (view: Partial<View>) => () => desk.list.go(view);
  return [
    { id: "go_feed", title: _("Team feed"), group, keys: ["g f"], words: "all лента вся todo", run: to({ whose: "all" }) },
    { id: "go_mine", title: _("My feed"), group, keys: ["g m"], words: "mine моя mío", run: to({ whose: "mine" }) },
    { id: "go_unassigned", title: _("Unassigned"), group, keys: ["g u"], words: "nobody без ответственного", run: to({ whose: "unassigned" }) },
    { id: "go_snoozed", title: _("Snoozed dialogs"), group, keys: ["g s"], words: "later отложенные pospuestos", run: to({ state: "snoozed" }) },
    { id: "go_completed", title: _("Completed dialogs"), group, keys: ["g d"], words: "done завершённые completados", run: to({ state: "completed" }) },
    { id: "told", title: _("Notifications"), group, keys: ["g n"], words: "bell уведомления колокольчик avisos", run: () => desk.openPopup("told", []) },
  ];
}

function back(desk: Desk): void {
  if (desk.list.selected.size > 0) return desk.list.select([]);
  if (desk.layout.asideShown && !desk.layout.wide) return desk.layout.toggleAside();
  if (desk.list.query !== null && !desk.layout.phone) return desk.list.go(desk.list.view);
  desk.reading.close();
}

/** The cursor waits in an empty composer for the next thing to say. */
function justSent(desk: Desk): boolean {
  const { id } = desk.reading;
  const last = desk.outbox.undoable;
  return id !== null && last?.verb === "reply" && last.dialog === id && !desk.drafts.has(id, desk.composing.mode) && document.activeElement?.closest("#composer") !== null;
}

/** Arrows scroll a timeline that has the focus. */
function inTimeline(): boolean {
  return document.activeElement?.closest("#timeline, #customer") !== null && document.activeElement !== document.body;
}

/** Enter belongs to the button or link that has the focus. */
function onPlainGround(): boolean {
  const active = document.activeElement;
  return !active || active === document.body || active.id === "feed";
}

const PANES = ["rail", "feed", "timeline", "composer", "customer"];

/** F6: to the next pane that is there. */
function nextPane(step: number): void {
  const there = PANES.filter((id) => document.getElementById(id)?.checkVisibility());
  const now = there.findIndex((id) => document.getElementById(id)?.contains(document.activeElement));
  const id = there[(now + step + there.length) % there.length];
  const pane = id ? document.getElementById(id) : null;
  const inner = pane?.matches("[tabindex]") ? pane : pane?.querySelector<HTMLElement>("[contenteditable=true], textarea, a[href], button, [tabindex='0']");
  inner?.focus();
}
