/** What an agent was told: one sentence each, and where it leads. */

import { _ } from "./i18n.ts";
import type { Told } from "./types.ts";

export interface Names {
  agent(id: number): string | undefined;
  channel(id: number): string | undefined;
}

/** Where opening it leads: to a dialog, to a page of the settings, or nowhere. */
export type Goal = { dialog: number } | { page: string } | null;

export function toldSentence(told: Told, names: Names): string {
  const { details } = told;
  const by = typeof details["by"] === "number" ? (names.agent(details["by"]) ?? "…") : "…";
  const channel = names.channel(number(told.topic)) ?? "…";
  switch (told.kind) {
    case "dialog.assigned": return _("{name} handed a dialog over to you", { name: by });
    case "comment.mentioned": return _("{name} mentioned you", { name: by });
    case "comment.added": return _("{name} wrote a comment", { name: by });
    case "message.received": return _("A customer answered");
    case "message.failed": return _("A reply was not sent");
    case "message.uncertain": return _("Nobody knows whether a reply was sent");
    case "message.edit_failed": return _("A message could not be changed where it was sent");
    case "message.delete_failed": return _("A message could not be deleted where it was sent");
    case "dialog.woken": return _("Back in the feed");
    case "dialog.automation_stopped": return _("No automatic answers here for a day: too many messages at once");
    case "task.assigned": return _("{name} gave you a task", { name: by });
    case "task.done": return _("{name} finished a task", { name: by });
    case "task.overdue": return _("A task is overdue");
    case "channel.broken": return _("{name} does not work", { name: channel });
    case "channel.fell_silent": return _("{name} has fallen silent", { name: channel });
    case "arrival.quarantined": return _("An e-mail could not be read");
    case "reset.asked": return _("{name} asks for a new password", { name: text(details["name"]) });
    case "mail.failed": return _("An e-mail to {name} was not sent", { name: text(details["address"]) });
    default: return _("Something new");
  }
}

/** The words that came with it: of a comment, of a letter, of a task. */
export function toldWords({ details }: Told): string {
  return text(details["preview"]) || text(details["comment"]) || text(details["title"]);
}

export function goalOf({ kind, topic, dialog_id: dialog }: Told): Goal {
  const noun = topic.split(":")[0];
  if (dialog !== null) return { dialog };
  if (kind === "arrival.quarantined") return { page: "/settings/arrivals" };
  if (noun === "channel") return { page: `/settings/channels/${number(topic)}` };
  if (noun === "agent" || noun === "team") return { page: "/settings/team" };
  return null;
}

/** The list with these marked as read; whatever is about the same dialog is read with it. */
export function withRead(list: Told[], read: Told[]): Told[] {
  const ids = new Set(read.map((one) => one.id));
  const dialogs = new Set(read.filter((one) => one.topic.startsWith("dialog:")).map((one) => one.topic));
  return list.map((one) => (!one.read && (ids.has(one.id) || dialogs.has(one.topic)) ? { ...one, read: true } : one));
}

function number(topic: string): number {
  return Number(topic.split(":")[1]);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
