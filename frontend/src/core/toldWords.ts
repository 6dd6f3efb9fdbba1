/** What an agent was told: one sentence each, and the words that came with it. */

import { _ } from "./i18n.ts";
import { numberOf } from "./told.ts";
import type { Told } from "./types.ts";

export interface Names {
  agent(id: number): string | undefined;
  channel(id: number): string | undefined;
}

export function toldSentence(told: Told, names: Names): string {
  const { details } = told;
  const by = typeof details["by"] === "number" ? (names.agent(details["by"]) ?? "…") : "…";
  const channel = names.channel(numberOf(told.topic)) ?? "…";
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

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
