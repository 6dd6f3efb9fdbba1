/** What the server has told of each dialog, and what the agent should see of it. */

import type { Outbox } from "../core/outbox.ts";
import type { EventItem, FeedPage, Row } from "../core/types.ts";

export class Truth {
  private rows = new Map<number, Row>();

  constructor(private readonly outbox: () => Outbox) {}

  /** The dialog with our own unconfirmed acts laid over it. */
  row(id: number): Row | undefined {
    const row = this.rows.get(id);
    return row && this.outbox().over(row);
  }

  /** Rows of an answer. One that does not say whether it was read keeps what we know. */
  learn(rows: Row[]): void {
    for (const row of rows) this.rows.set(row.id, { ...row, unread: row.unread ?? this.rows.get(row.id)?.unread ?? false });
  }

  /** A row of an event: a message that nobody watched makes the dialog unread. What an answer has called unread stays so. */
  hear(row: Row, item: EventItem, watched: boolean): void {
    const known = this.rows.get(row.id)?.unread ?? false;
    const unread = known || (item.kind === "message.received" && !watched);
    this.rows.set(row.id, { ...row, unread });
  }

  /** Answers whether it had been unread. */
  read(id: number): boolean {
    const row = this.rows.get(id);
    if (!row?.unread) return false;
    this.rows.set(id, { ...row, unread: false });
    return true;
  }

  /** A page as the agent should see it. */
  seen(page: FeedPage): FeedPage {
    return { ...page, rows: page.rows.map((row) => this.row(row.id) ?? row) };
  }

  all(): Row[] {
    return [...this.rows.keys()].map((id) => this.row(id) as Row);
  }
}
