/** Cards that are one person's: made one, and two again. */

import { sentence } from "../core/api.ts";
import { _ } from "../core/i18n.ts";
import type { Customer, CustomerKind } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

export interface OtherCard {
  id: number;
  name: string;
  kind: CustomerKind;
}

export type Reason = "phone" | "email" | "name";

export interface Match {
  customer: OtherCard;
  reasons: Reason[];
}

/** That another card became part of this one. */
export interface Merge {
  id: number;
  customer_id: number;
  name: string;
  at: string;
}

const LONG = 12_000;

/** Let another card go on as this one, and offer to take it back; false when the server refused. */
export async function merge(desk: Desk, id: number, other: number): Promise<boolean> {
  desk.cards.flush();
  const done = await tried(desk, async () => {
    const card = await desk.api.post<Customer>(`/api/customers/${other}/merge`, { into: id });
    desk.reading.learnCustomer(card.id, card);
  });
  if (done) {
    desk.notices.show(_("Merged into this card."), { stays: LONG, action: { label: _("Undo"), run: () => void takeBack(desk, id, other) } });
  }
  return done;
}

/** Make a card of its own again of one that was merged. */
export function takeApart(desk: Desk, edge: Merge): Promise<boolean> {
  return tried(desk, async () => {
    await desk.api.post(`/api/merges/${edge.id}/undo`);
    desk.notices.show(_("This is a card of its own again."));
  });
}

/** What was merged into a card. */
export async function mergesOf(desk: Desk, id: number): Promise<Merge[]> {
  return (await desk.api.get<{ merges: Merge[] }>(`/api/customers/${id}/merges`)).merges;
}

/** Never offer these two to each other again. */
export function refuse(desk: Desk, id: number, other: number): Promise<boolean> {
  return tried(desk, async () => {
    await desk.api.post(`/api/customers/${id}/matches/${other}/refuse`);
    desk.notices.show(_("These are two people. This will not be suggested again."));
  });
}

async function takeBack(desk: Desk, id: number, other: number): Promise<void> {
  const edges = await mergesOf(desk, id).catch(() => []);
  const edge = edges.find((one) => one.customer_id === other);
  if (edge) await takeApart(desk, edge);
}

async function tried(desk: Desk, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    desk.notices.show(sentence(error), { tone: "danger" });
    return false;
  } finally {
    if (desk.reading.id !== null) desk.reading.outdate(desk.reading.id);
  }
}
