/** What an agent does with dialogs. Each verb is seen at once, can be undone, and says what it did. */

import { belongs } from "../core/feed.ts";
import { returnTime } from "../core/format.ts";
import { _, ngettext } from "../core/i18n.ts";
import type { Change, Command, Step } from "../core/outbox.ts";
import type { Row, SnoozeMode, Tag } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

/** Done with them. The next dialog opens, or this one stays, as the agent likes it. */
export function complete(desk: Desk, ids: number[], stay = desk.settings.after_complete === "stay"): void {
  const open = ids.filter((id) => desk.truth.row(id)?.state !== "completed");
  if (open.length === 0) return reopen(desk, ids);
  act(desk, open, (row) => completing(desk, row), { stay, said: (count) => count === 1 ? _("Dialog completed") : ngettext("{count} dialog completed", "{count} dialogs completed", count) });
}

export function reopen(desk: Desk, ids: number[]): void {
  act(desk, ids, (row) => (row.state === "open" ? null : opening(row)), { stay: true, said: () => _("Back in the feed") });
}

/** Until a time, until the customer answers, or both. `until` may be null only for "until_reply". */
export function snooze(desk: Desk, ids: number[], until: number | null, mode: SnoozeMode): void {
  const said = until === null
    ? _("Snoozed until they reply")
    : _("Snoozed until {time}", { time: returnTime(until, desk.clock.now(), desk.zone) });
  act(desk, ids, (row) => snoozing(desk, row, until === null ? null : new Date(until).toISOString(), mode), { said: () => said });
}

/** To a colleague, a team, or nobody; a comment for whoever takes over goes with it. */
export function assign(desk: Desk, ids: number[], to: { agent: number | null; team: number | null }, comment = ""): void {
  const name = to.agent !== null ? desk.agents.get(to.agent)?.name : to.team !== null ? desk.teams.get(to.team)?.name : null;
  const said = to.agent === desk.me.id ? _("Now yours") : name ? _("Handed over to {name}", { name }) : _("Now unassigned");
  act(desk, ids, (row) => {
    if (row.assignee_id === to.agent && row.team_id === to.team && !comment) return null;
    return assigning(row, to, comment);
  }, { stay: true, said: () => said });
}

export function addTag(desk: Desk, ids: number[], tag: Tag | string): void {
  act(desk, ids, (row) => tagging(row, tag), {
    stay: true, quiet: true, said: () => _("Tag added: {name}", { name: typeof tag === "string" ? tag : tag.name }),
  });
}

export function dropTag(desk: Desk, ids: number[], tag: Tag): void {
  act(desk, ids, (row) => (row.tags.includes(tag.id) ? untagging(row, tag) : null), {
    stay: true, quiet: true, said: () => _("Tag removed: {name}", { name: tag.name }),
  });
}

export function markSpam(desk: Desk, ids: number[]): void {
  act(desk, ids, (row) => ({
    ...spamStep(row, !row.spam), inverse: [spamStep(row, row.spam)],
  }), { said: () => _("Marked as spam") });
}

/** Z: take back the newest act. */
export function undo(desk: Desk): void {
  const command = desk.outbox.undo();
  if (!command) {
    desk.notices.show(_("Nothing to undo"));
    return;
  }
  showUndone(desk, command);
}

/** What was taken back is said, and stands before whoever took it back: a reply in its composer, a dialog in the list. */
export function showUndone(desk: Desk, command: Command): void {
  desk.notices.closeFor(command.group ?? command.id);
  if (command.verb !== "tag") desk.reading.open(command.dialog);
  if (command.verb === "reply") desk.composing.write("reply");
  desk.notices.show(command.verb === "reply" ? _("Not sent. The reply is a draft again.") : _("Undone: {what}", { what: command.label }));
}

// --- steps ---------------------------------------------------------------------------------------

type Planned = Step & { inverse?: Step[] };

function post(verb: string, dialog: number, body: Record<string, unknown>, change: Change, path = verb): Step {
  return { verb, dialog, method: "POST", path: `/api/dialogs/${dialog}/${path}`, body, change };
}

function completing(desk: Desk, row: Row): Planned {
  const now = new Date(desk.clock.now()).toISOString();
  const set: Partial<Row> = { state: "completed", completed_at: now, snooze_until: null, snooze_mode: null, snoozed_by: null, waiting_since: null };
  return { ...post("complete", row.id, {}, { set }), inverse: [restoring(row)] };
}

function opening(row: Row): Planned {
  const set: Partial<Row> = { state: "open", completed_at: null, snooze_until: null, snooze_mode: null, snoozed_by: null };
  const verb = row.state === "snoozed" ? "unsnooze" : "reopen";
  return { ...post(verb, row.id, {}, { set }), inverse: [restoring(row)] };
}

function snoozing(desk: Desk, row: Row, until: string | null, mode: SnoozeMode): Planned {
  const set: Partial<Row> = { state: "snoozed", snooze_until: until ?? "9999", snooze_mode: mode, snoozed_by: desk.me.id, completed_at: null };
  return { ...post("snooze", row.id, { until, mode }, { set }), inverse: [restoring(row)] };
}

/** The step that brings a dialog back to the state it was in. */
export function restoring(row: Row): Step {
  const { id, state, completed_at, snooze_until, snooze_mode, snoozed_by, waiting_since, urgency, feed_at } = row;
  const change = { set: { state, completed_at, snooze_until, snooze_mode, snoozed_by, waiting_since, urgency, feed_at } };
  if (state === "completed") return post("complete", id, {}, change);
  if (state === "snoozed") return post("snooze", id, { until: snooze_until, mode: snooze_mode }, change);
  return post("reopen", id, {}, change);
}

function assigning(row: Row, to: { agent: number | null; team: number | null }, comment: string): Planned {
  const step = (agent: number | null, team: number | null, text: string | null, expected: number | null) =>
    post("assign", row.id, { agent_id: agent, team_id: team, comment: text, expect_assignee_id: expected }, { set: { assignee_id: agent, team_id: team } });
  return {
    ...step(to.agent, to.team, comment.trim() || null, row.assignee_id),
    inverse: [step(row.assignee_id, row.team_id, null, to.agent)],
  };
}

function tagging(row: Row, tag: Tag | string): Planned | null {
  if (typeof tag === "string") return post("tag", row.id, { name: tag }, {}, "tags");
  if (row.tags.includes(tag.id)) return null;
  return { ...post("tag", row.id, { tag_id: tag.id }, { add_tag: tag.id }, "tags"), inverse: [untagStep(row, tag)] };
}

function untagging(row: Row, tag: Tag): Planned {
  return { ...untagStep(row, tag), inverse: [post("tag", row.id, { tag_id: tag.id }, { add_tag: tag.id }, "tags")] };
}

function untagStep(row: Row, tag: Tag): Step {
  return { verb: "tag", dialog: row.id, method: "DELETE", path: `/api/dialogs/${row.id}/tags/${tag.id}`, body: {}, change: { drop_tag: tag.id } };
}

function spamStep(row: Row, spam: boolean): Step {
  return post("spam", row.id, { spam }, { set: { spam } });
}

// --- doing -----------------------------------------------------------------------------------------

interface Manner {
  stay?: boolean;
  quiet?: boolean;
  said: (count: number) => string;
}

/** Do one thing to several dialogs as one act: one toast, one undo. */
function act(desk: Desk, ids: number[], plan: (row: Row) => Planned | null, manner: Manner): void {
  const rows = ids.map((id) => desk.truth.row(id)).filter((row): row is Row => row !== undefined);
  const plans = rows.map((row) => ({ row, step: plan(row) })).filter((one): one is { row: Row; step: Planned } => one.step !== null);
  if (plans.length === 0) return;
  const text = manner.said(plans.length);
  const group = plans.length > 1 ? crypto.randomUUID() : undefined;
  const next = nextAfter(desk, plans.map((one) => one.row.id));
  let last: Command | null = null;
  for (const { row, step } of plans) {
    last = desk.outbox.issue({ ...step, group, label: text });
    desk.adjustCounts(row);
  }
  desk.list.select([]);
  if (manner.quiet) desk.notices.say(text);
  else if (last) offerUndo(desk, last, text);
  if (!manner.stay) moveOn(desk, plans.map((one) => one.row.id), next);
}

/** "Completed · Undo Z". The key is one that works where the cursor stands. */
export function offerUndo(desk: Desk, command: Command, text: string, until: number | null = null, by: "undo" | "undo_sent" = "undo"): void {
  const key = command.group ?? command.id;
  desk.notices.show(text, {
    command: key, until, stays: until === null ? undefined : Math.max(1000, until - desk.clock.now()),
    action: {
      label: _("Undo"), key: by,
      run: () => {
        desk.notices.closeFor(key);
        const undone = desk.outbox.undo(command.id);
        if (undone) showUndone(desk, undone);
      },
    },
  });
}

/** The dialog to open when these have left the view; null when none is left. */
export function nextAfter(desk: Desk, ids: number[]): Row | null {
  const leaving = new Set(ids);
  const anchor = desk.reading.id !== null && leaving.has(desk.reading.id) ? desk.reading.id : null;
  if (anchor === null) return null;
  const below = desk.list.rows.find((row) => row.id === desk.reading.below && !leaving.has(row.id));
  if (below) return below;
  const index = desk.list.rows.findIndex((row) => row.id === anchor);
  const after = desk.list.rows.slice(index + 1).find((row) => !leaving.has(row.id));
  return after ?? desk.list.rows.slice(0, Math.max(index, 0)).findLast((row) => !leaving.has(row.id)) ?? null;
}

/** Leave a dialog that has left the view; the others stay where they are. */
export function moveOn(desk: Desk, ids: number[], next: Row | null): void {
  if (desk.reading.id === null || !ids.includes(desk.reading.id)) return;
  const row = desk.truth.row(desk.reading.id);
  if (row && desk.list.query === null && belongs(row, desk.list.view, desk.me.id)) return;
  if (desk.layout.phone && next === null) desk.layout.pane = "feed";
  desk.reading.open(next?.id ?? null);
}
