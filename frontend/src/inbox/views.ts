import { _, pgettext } from "../core/i18n.ts";
import type { CustomerKind } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

/** What the list is called: its state or owner, and what narrows it. */
export function viewTitle(desk: Desk): string {
  if (desk.list.query !== null) return _("Search: {words}", { words: desk.list.query });
  const { state, whose, channel, tag, kind } = desk.list.view;
  const narrowed = [
    channel === null ? "" : (desk.channels.get(channel)?.name ?? ""),
    tag === null ? "" : (desk.tags.get(tag)?.name ?? ""),
    kind === null ? "" : kindsWord(kind),
  ].filter(Boolean);
  const owner = whose === "mine" ? (state === "open" ? _("My feed") : _("Mine")) : whose === "unassigned" ? _("Unassigned") : agentName(desk);
  const base = state === "snoozed" ? pgettext("view", "Snoozed") : state === "completed" ? pgettext("view", "Completed") : "";
  const parts = [base, owner, ...narrowed].filter(Boolean);
  return parts.length > 0 ? parts.join(" · ") : _("Team feed");
}

/** People of a kind, as a filter names them. */
export function kindsWord(kind: CustomerKind): string {
  return { client: _("Customers"), partner: _("Partners"), visitor: _("Visitors") }[kind];
}

function agentName(desk: Desk): string {
  const { whose } = desk.list.view;
  return whose.startsWith("agent:") ? (desk.agents.get(Number(whose.slice(6)))?.name ?? "") : "";
}
