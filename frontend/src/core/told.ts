/** What an agent was told, and where it leads. */

import type { Told } from "./types.ts";

/** Where opening it leads: to a dialog, to a page of the settings, or nowhere. */
export type Goal = { dialog: number } | { page: string } | null;

export function goalOf({ kind, topic, dialog_id: dialog }: Told): Goal {
  const noun = topic.split(":")[0];
  if (dialog !== null) return { dialog };
  if (kind === "arrival.quarantined") return { page: "/settings/arrivals" };
  if (noun === "channel") return { page: `/settings/channels/${numberOf(topic)}` };
  if (noun === "agent" || noun === "team") return { page: "/settings/team" };
  return null;
}

/** The list with these marked as read; whatever is about the same dialog is read with it. */
export function withRead(list: Told[], read: Told[]): Told[] {
  const ids = new Set(read.map((one) => one.id));
  const dialogs = new Set(read.filter((one) => one.topic.startsWith("dialog:")).map((one) => one.topic));
  return list.map((one) => (!one.read && (ids.has(one.id) || dialogs.has(one.topic)) ? { ...one, read: true } : one));
}

/** The number of the thing it is about. */
export function numberOf(topic: string): number {
  return Number(topic.split(":")[1]);
}
