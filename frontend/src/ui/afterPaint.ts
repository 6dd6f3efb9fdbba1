/** Work that may wait until what is there now has been painted; the answer takes it back. */
export function afterPaint(work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => (timer = setTimeout(work)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

const NO_PAINT = 100;

/** Comes true when what is there now has been painted, or soon where nothing is painted, as in a hidden tab. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, NO_PAINT);
    afterPaint(resolve);
  });
}
