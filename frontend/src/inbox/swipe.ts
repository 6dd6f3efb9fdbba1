/** A row pulled to the right is done, to the left is snoozed. Both have their buttons elsewhere. */

import type { Attachment } from "svelte/attachments";

const ENOUGH = 88;
const STARTS = 12;

interface Acts {
  done: () => void;
  later: () => void;
  /** What letting go now would do, shown where the row was. */
  words: { done: string; later: string };
}

export function swipe(acts: Acts): Attachment<HTMLElement> {
  return (row) => {
    let from: { x: number; y: number } | null = null;
    let pulled = 0;

    const start = (event: TouchEvent) => {
      const touch = event.touches[0];
      from = touch && event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY } : null;
      pulled = 0;
    };
    const move = (event: TouchEvent) => {
      const touch = event.touches[0];
      if (!from || !touch) return;
      const across = touch.clientX - from.x;
      if (pulled === 0 && (Math.abs(across) < STARTS || Math.abs(touch.clientY - from.y) > Math.abs(across))) return;
      pulled = across;
      row.classList.toggle("pulled", true);
      row.dataset["pull"] = across > 0 ? "done" : "later";
      row.dataset["word"] = across > 0 ? acts.words.done : acts.words.later;
      row.dataset["far"] = String(Math.abs(across) > ENOUGH);
      row.style.setProperty("translate", `${across}px`);
    };
    const end = () => {
      const act = pulled > ENOUGH ? acts.done : pulled < -ENOUGH ? acts.later : null;
      if (pulled !== 0) addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, true), 50);
      row.style.removeProperty("translate");
      row.classList.remove("pulled");
      for (const name of ["pull", "word", "far"]) delete row.dataset[name];
      from = null;
      pulled = 0;
      act?.();
    };

    row.addEventListener("touchstart", start, { passive: true });
    row.addEventListener("touchmove", move, { passive: true });
    row.addEventListener("touchend", end);
    row.addEventListener("touchcancel", end);
    return () => {
      row.removeEventListener("touchstart", start);
      row.removeEventListener("touchmove", move);
      row.removeEventListener("touchend", end);
      row.removeEventListener("touchcancel", end);
    };
  };
}

function swallow(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}
