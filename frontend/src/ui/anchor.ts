/** Keeps a floating element beside the one it belongs to. */

import { autoUpdate, computePosition, flip, offset, type Placement, shift, size } from "@floating-ui/dom";

export function anchor(anchorElement: Element, floating: HTMLElement, placement: Placement): () => void {
  return autoUpdate(anchorElement, floating, () => {
    void computePosition(anchorElement, floating, {
      placement,
      strategy: "fixed",
      middleware: [
        offset(6), flip({ padding: 8 }), shift({ padding: 8 }),
        size({ padding: 8, apply: ({ availableHeight }) => floating.style.setProperty("max-height", `${Math.max(160, availableHeight)}px`) }),
      ],
    }).then(({ x, y }) => {
      floating.style.setProperty("left", `${Math.round(x)}px`);
      floating.style.setProperty("top", `${Math.round(y)}px`);
    });
  });
}
