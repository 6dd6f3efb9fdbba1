/** What is typed while a popup is still on its way: it is meant for the popup's field, and reaches it. */

export class Ahead {
  private strokes: KeyboardEvent[] = [];

  keep(stroke: KeyboardEvent): void {
    if (!stroke.isComposing && stroke.keyCode !== 229) this.strokes.push(stroke);
  }

  forget(): void {
    this.strokes = [];
  }

  /** Press the keys again where the cursor now is; `open` tells whether they still have somebody to go to. */
  replay(open: () => boolean): void {
    const strokes = this.strokes;
    this.strokes = [];
    for (const stroke of strokes) {
      const field = document.activeElement;
      if (!field || !open()) return;
      // a stroke made by a script writes nothing by itself
      if (field.dispatchEvent(new KeyboardEvent("keydown", stroke))) write(field, stroke);
    }
  }
}

function write(field: Element, { key, ctrlKey, metaKey, altKey }: KeyboardEvent): void {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) || field.selectionStart === null) return;
  const end = field.selectionEnd ?? field.value.length;
  if (key === "Backspace") field.setRangeText("", field.selectionStart === end ? Math.max(0, end - 1) : field.selectionStart, end, "end");
  else if ([...key].length === 1 && ctrlKey === altKey && !metaKey) field.setRangeText(key, field.selectionStart, end, "end");
  else return;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
