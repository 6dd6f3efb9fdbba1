/** Elements, made without a word of markup: nothing anybody wrote can become more than text. */

type Given = Record<string, unknown>;
type Child = Node | string | null | undefined | false;

/** An element; what is written with a dash, and `role`, is an attribute, `on…` and the rest are properties. */
export function el<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, given: Given = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role") element.setAttribute(name, String(value));
    else (element as unknown as Given)[name] = value;
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

/** What signs are drawn with, on a field of 24. */
export const CHAT = "M12 3.5c5 0 9 3.5 9 8s-4 8-9 8c-1.1 0-2.2-.2-3.2-.5L4 20.5l1.3-3.5C3.9 15.6 3 13.7 3 11.5c0-4.5 4-8 9-8Z";
export const CROSS = "M6 6l12 12M18 6 6 18";
export const DOWN = "m6 9.5 6 6 6-6";
export const UP = "M12 19V5.5M5.5 12 12 5.5l6.5 6.5";
export const CLIP = "m20 11-8.3 8.3a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.2 8.2a1.7 1.7 0 0 1-2.4-2.4L14.5 7";
export const BELL = "M6 9.5a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 15.5 6 9.5M10 20a2.2 2.2 0 0 0 4 0";
export const MUTE = "M6 9.5a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 15.5 6 9.5M10 20a2.2 2.2 0 0 0 4 0M3 3l18 18";
export const MAIL = "M3.5 5.5h17v13h-17zM4 6.5l8 6.5 8-6.5";

/** A sign in the colour of the words around it; it has no words for those who listen. */
export function sign(drawn: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", drawn);
  svg.append(path);
  return svg as SVGSVGElement;
}

/** A button that is only a sign. */
export function signButton(drawn: string, label: string, onclick: () => void): HTMLButtonElement {
  return el("button", { type: "button", title: label, onclick }, sign(drawn));
}

/** A storage that may be forbidden: then it forgets with the page. */
export function safely<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
