/** A dialog's events as one quiet line each. No line says more about a person than their name. */

import { _ } from "./i18n.ts";
import { list, returnTime } from "./format.ts";
import type { EventEntry } from "./types.ts";

export interface Known {
  me: number;
  now: number;
  zone: string;
  agent(id: number): string | undefined;
  tag(id: number): string | undefined;
}

/** The line for an event, or null for one that needs none. `more` are further tags of the same act. */
export function eventLine(event: EventEntry, known: Known, more: EventEntry[] = []): string | null {
  const line = more.length > 0 ? _("Tags added: {names}", { names: list([event, ...more].map((one) => tagName(one.details, known))) }) : bare(event, known);
  if (line === null) return null;
  const by = event.actor?.name || cause(event.cause);
  return by ? `${line} · ${by}` : line;
}

function bare(event: EventEntry, known: Known): string | null {
  const { details } = event;
  switch (event.kind) {
    case "dialog.completed": return _("Completed");
    case "dialog.reopened": return _("Opened again");
    case "dialog.woken": return event.cause ? _("Back in the feed") : _("Back in the feed early");
    case "dialog.snoozed": return snoozed(details, known);
    case "dialog.assigned": return assigned(event, known);
    case "dialog.tagged": return _("Tag added: {name}", { name: tagName(details, known) });
    case "dialog.untagged": return _("Tag removed: {name}", { name: tagName(details, known) });
    case "dialog.customer_changed": return _("Now on another customer's card");
    case "dialog.merged": return _("Merged with another dialog");
    case "dialog.marked_spam": return details["spam"] === false ? _("Not spam after all") : _("Marked as spam");
    case "message.delayed": return _("The recipient's server has not accepted it yet; it is tried again");
    case "message.also_came": return _("The same e-mail also came to another of our mailboxes");
    case "message.answered_elsewhere": return _("Answered in another mail program");
    case "dialog.handed_on": return _("Forwarded to us by a colleague");
    case "dialog.address_gone": return _("There is no such address: {address}", { address: text(details["address"]) });
    case "dialog.address_failing": return _("E-mails to {address} keep failing", { address: text(details["address"]) });
    case "dialog.address_back": return _("{address} works again", { address: text(details["address"]) });
    case "dialog.renamed": return _("The group is called “{name}” now", { name: text(details["name"]) });
    case "dialog.unreachable": return _("Nothing can be sent here any more: the customer or the channel does not allow it");
    case "dialog.reachable": return _("Messages can be sent here again");
    case "dialog.automation_stopped": return _("No automatic answers here for a day: too many messages at once");
    default: return null;
  }
}

function snoozed(details: Record<string, unknown>, known: Known): string {
  const until = text(details["until"]);
  if (details["mode"] === "until_reply" || !until) return _("Snoozed until they reply");
  return _("Snoozed until {time}", { time: returnTime(until, known.now, known.zone) });
}

function assigned({ details, actor }: EventEntry, known: Known): string {
  const to = details["to"];
  if (typeof to !== "number") return _("Nobody is responsible now");
  if (to === actor?.id) return _("Taken");
  if (to === known.me) return _("Handed over to you");
  return _("Handed over to {name}", { name: known.agent(to) ?? "…" });
}

function tagName(details: Record<string, unknown>, known: Known): string {
  const id = details["tag_id"];
  return (typeof id === "number" ? known.tag(id) : undefined) ?? text(details["name"]);
}

/** Why it happened by itself. */
function cause(cause: string | null): string {
  if (!cause) return "";
  const [kind] = cause.split(":");
  if (kind === "message") return _("a new message");
  if (kind === "snooze" || kind === "timer" || kind === "clock") return _("its time has come");
  if (kind === "rule") return _("a rule");
  if (kind === "failed" || kind === "delivery") return _("a reply did not get through");
  return "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
