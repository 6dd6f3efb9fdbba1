/** One tooltip for the whole page: what a control does, and its key. */

import type { Attachment } from "svelte/attachments";
import { anchor } from "./anchor.ts";

export interface Tip {
  text: string;
  keys?: string[];
}

const PATIENCE = 450;
const WARM = 300;

let shown: { element: HTMLElement; close: () => void } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let lastClosed = 0;

/** `{@attach tip(() => ({ text: "Snooze", keys: ["H"] }))}`; the control's name is its own aria-label. */
export function tip(read: () => Tip | null): Attachment<HTMLElement> {
  return (element) => {
    const open = () => {
      const said = read();
      if (said && element.isConnected) shown = { element, close: draw(element, said) };
    };
    const wait = (event: PointerEvent) => {
      if (event.pointerType === "touch") return;
      clearTimeout(timer);
      timer = setTimeout(open, Date.now() - lastClosed < WARM ? 60 : PATIENCE);
    };
    const focus = () => {
      if (element.matches(":focus-visible")) open();
    };
    element.addEventListener("pointerenter", wait);
    element.addEventListener("pointerleave", close);
    element.addEventListener("pointerdown", close);
    element.addEventListener("focus", focus);
    element.addEventListener("blur", close);
    return () => {
      if (shown?.element === element) close();
      element.removeEventListener("pointerenter", wait);
      element.removeEventListener("pointerleave", close);
      element.removeEventListener("pointerdown", close);
      element.removeEventListener("focus", focus);
      element.removeEventListener("blur", close);
    };
  };
}

function close(): void {
  clearTimeout(timer);
  if (!shown) return;
  shown.close();
  shown = null;
  lastClosed = Date.now();
}

function draw(element: HTMLElement, said: Tip): () => void {
  close();
  const box = document.createElement("div");
  box.className = "tip";
  box.setAttribute("aria-hidden", "true");
  box.popover = "manual";
  box.append(said.text);
  for (const key of said.keys ?? []) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    box.append(cap);
  }
  (element.closest("dialog") ?? document.body).append(box);
  box.showPopover();
  const release = anchor(element, box, "bottom");
  return () => {
    release();
    box.remove();
  };
}
