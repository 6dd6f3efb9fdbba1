import type { Desk } from "../desk.svelte.ts";

/** The control a popup hangs on: in the list's head for several dialogs, else in the dialog's. */
export function anchorOf(desk: Desk, name: string): Element | null {
  const many = desk.list.selected.size > 0 ? document.querySelector(`[data-anchor="${name}-many"]`) : null;
  const own = document.querySelector(`[data-anchor="${name}"]`);
  const found = many ?? own;
  return found?.checkVisibility() ? found : null;
}
