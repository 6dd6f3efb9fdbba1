/** What the visitor can do about a message that was refused. */

import { adopt } from "./adopt.ts";
import { el } from "./dom.ts";
import type { Entry, Outbox } from "./outbox.ts";
import styles from "./refused.css?inline";
import { _ } from "./say.ts";

adopt(styles);

export function choices(outbox: Outbox, entry: Entry): (Node | string)[] {
  const act = (words: string, onclick: () => void) => el("button", { type: "button", onclick }, words);
  return [" ", act(_("Try again"), () => void outbox.retry(entry)), " ", act(_("Delete"), () => void outbox.discard(entry))];
}
