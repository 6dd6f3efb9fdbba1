import type { Attachment } from "svelte/attachments";

const MOST_TRIES = 30;

/** Takes the focus as soon as it is there, whoever had it. (`autofocus` yields to whoever has it.) */
export const focused: Attachment<HTMLElement> = (element) => takeFocus(element);

/**
 * Focuses an element, in a later frame if need be: while the style sheet of a part that was just loaded
 * is on its way, Chromium takes nothing in it for focusable and drops the call without a word.
 */
export function takeFocus(element: HTMLElement, tries = MOST_TRIES): void {
  element.focus();
  if (document.activeElement === element || !tries) return;
  const holder = document.activeElement;
  requestAnimationFrame(() => {
    // Whoever moved the focus meanwhile meant it.
    if (element.isConnected && document.activeElement === holder) takeFocus(element, tries - 1);
  });
}
