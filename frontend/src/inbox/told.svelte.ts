/** What the agent was told: the newest, how many are unread, and what opening one does. */

import { goalOf, withRead } from "../core/told.ts";
import type { Told, ToldPage } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import { Timers } from "./timers.ts";

export class Tidings {
  /** Null until the server has answered. */
  list = $state.raw<Told[] | null>(null);
  unread = $state(0);

  private timers = new Timers();
  private asked = 0;

  constructor(private readonly desk: Desk) {}

  /** Something was told or read, here or elsewhere; several at once are asked for once. */
  renew(milliseconds = 250): void {
    this.timers.after("told", milliseconds, () => void this.fetch());
  }

  open(told: Told): void {
    const goal = goalOf(told);
    const dialog = goal && "dialog" in goal ? goal.dialog : null;
    const marked = this.mark([told], told.topic === `dialog:${dialog}` ? { dialog_id: dialog ?? 0 } : { ids: [told.id] });
    if (dialog !== null) this.desk.reading.open(dialog, { push: true });
    else if (goal && "page" in goal) void marked.then(() => location.assign(goal.page));
  }

  readAll(): void {
    const unread = (this.list ?? []).filter((one) => !one.read);
    void this.mark(unread, { ids: unread.map((one) => one.id) });
  }

  private async mark(read: Told[], which: { ids: number[] } | { dialog_id: number }): Promise<void> {
    if (read.every((one) => one.read)) return;
    const before = this.list ?? [];
    const after = withRead(before, read);
    this.list = after;
    this.unread = Math.max(0, this.unread - after.filter((one, index) => one.read && !before[index]?.read).length);
    this.asked += 1;
    await this.desk.api.post("/api/notifications/read", which).catch(() => undefined);
    this.renew();
  }

  /** An answer that was asked for before something was marked here is not shown. */
  private async fetch(): Promise<void> {
    const asked = (this.asked += 1);
    const page = await this.desk.api.get<ToldPage>("/api/notifications").catch(() => null);
    if (!page || asked !== this.asked) return;
    this.list = page.notifications;
    this.unread = page.unread;
  }
}
