/** What stands in a list: its key, what it shows (it is made anew when that changes), and how it is made. */
export type Item = [key: string, shows: unknown, make: () => HTMLElement];

/** A list of elements brought up to date: what has not changed is left alone, and nobody hears it twice. */
export function makeListing(box: HTMLElement): (items: Item[]) => void {
  let made = new Map<string, [shows: string, element: HTMLElement]>();
  return (items) => {
    const before = made;
    made = new Map();
    const keys = new Set(items.map(([key]) => key));
    for (const [key, [, element]] of before) if (!keys.has(key)) element.remove();
    let place = box.firstElementChild;
    for (const [key, shows, make] of items) {
      const text = JSON.stringify(shows);
      const known = before.get(key);
      const element = known?.[0] === text ? known[1] : make();
      if (known && place === known[1]) place = place.nextElementSibling;
      if (known && known[1] !== element) known[1].replaceWith(element);
      if (element.parentNode !== box || element.nextElementSibling !== place) box.insertBefore(element, place);
      made.set(key, [text, element]);
    }
  };
}
