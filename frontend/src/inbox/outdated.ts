/** Parts of the program that cannot be fetched: the product was updated while the page stood open, or nothing is reached. */

import { plain } from "../core/api.ts";
import { _ } from "../core/i18n.ts";
import type { Desk } from "./desk.svelte.ts";

/** As Chromium, Firefox, Safari and Vite say it. */
const PART = /dynamically imported module|module script failed|preload CSS/i;
const PARTS = "parts";
const STAYS = 600_000;

/** What is asked for in passing and fails says so, once. */
export function watchParts(desk: Desk): void {
  addEventListener("unhandledrejection", (event) => {
    if (!PART.test(String(event.reason))) return;
    event.preventDefault();
    void tellMissing(desk, event.reason);
  });
}

/** An updated page lacks nothing: everything that was written here is kept, so it may be loaded again. */
export async function tellMissing(desk: Desk, reason: unknown): Promise<void> {
  const address = /(?:https?:\/)?\/\S+\.(?:js|css)/.exec(String(reason))?.[0] ?? location.pathname;
  const answer = await fetch(address, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (!answer) return void desk.notices.show(plain(0), { tone: "danger", command: PARTS });
  desk.notices.show(_("Emptyfeed has been updated. Reload the page to use this; nothing you wrote is lost."), {
    command: PARTS, stays: STAYS, action: { label: _("Reload"), run: () => location.reload() },
  });
}
