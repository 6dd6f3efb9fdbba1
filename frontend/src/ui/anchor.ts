/** Keeps a floating element beside the one it belongs to. */

import type { Placement } from "@floating-ui/dom";

/** Fetched when the page has nothing else to do: see `prefetchAnchor`. */
const floating = () => import("./floating.ts");

export function prefetchAnchor(): void {
  floating().catch(() => undefined);
}

/** Until its place is known the element is not seen. */
export function anchor(anchorElement: Element, element: HTMLElement, placement: Placement): () => void {
  let release = () => {};
  let gone = false;
  // not by visibility: what is hidden so cannot take the focus
  element.style.setProperty("opacity", "0");
  void floating().then(({ autoUpdate, computePosition, flip, offset, shift, size }) => {
    if (gone) return;
    const fit = size({ padding: 8, apply: ({ availableHeight }) => element.style.setProperty("max-height", `${Math.max(160, availableHeight)}px`) });
    const middleware = [offset(6), flip({ padding: 8 }), shift({ padding: 8 }), fit];
    release = autoUpdate(anchorElement, element, () => {
      void computePosition(anchorElement, element, { placement, strategy: "fixed", middleware }).then(({ x, y }) => {
        element.style.setProperty("left", `${Math.round(x)}px`);
        element.style.setProperty("top", `${Math.round(y)}px`);
        element.style.removeProperty("opacity");
      });
    });
  });
  return () => {
    gone = true;
    release();
  };
}
