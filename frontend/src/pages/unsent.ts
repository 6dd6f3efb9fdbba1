/**
 * What was typed into one form of a page is not lost by pressing a button of another, or by following a link. A form
 * that came back from the server with words that it has not kept has `data-unsent`, or says in itself what it refused.
 */

interface Option {
  selected: boolean;
  defaultSelected: boolean;
}

export interface Field {
  type: string;
  name: string;
  value: string;
  defaultValue?: string;
  checked?: boolean;
  defaultChecked?: boolean;
  autocomplete?: string;
  options?: ArrayLike<Option>;
}

export interface SomeForm {
  method: string;
  elements: ArrayLike<unknown>;
  dataset: DOMStringMap;
  querySelector(selector: string): unknown;
}

const NOT_TYPED = new Set(["hidden", "submit", "button", "reset", "image", "fieldset", "output", "object"]);
const FILLED_BY_THE_BROWSER = new Set(["username", "current-password"]);
const REFUSED = "[data-refused], [aria-invalid=true]";

/** The browser asks before a link is followed. Whoever sends a form was asked for the others as they sent it. */
export function askBeforeLeaving(): void {
  addEventListener("beforeunload", (event) => {
    const forms = [...document.forms];
    if (!forms.some(isBeingSent) && wouldLose(forms)) event.preventDefault();
  });
}

/** Whether leaving the page now loses what was typed; what is being sent is not lost. */
export function wouldLose(forms: Iterable<SomeForm>): boolean {
  return [...forms].some((form) => !isBeingSent(form) && isChanged(form));
}

/** Whether a form holds what the server does not know; what one searches for is not worth a question. */
export function isChanged(form: SomeForm): boolean {
  if (form.method !== "post") return false;
  if (form.dataset["unsent"] !== undefined) return true;
  const typed = (Array.from(form.elements) as Field[]).filter(isTyped);
  return typed.some(differs) || (!!form.querySelector(REFUSED) && typed.some(isFilledIn));
}

function isBeingSent(form: SomeForm): boolean {
  return form.dataset["sending"] !== undefined;
}

function isTyped(field: Field): boolean {
  return !!field.name && !NOT_TYPED.has(field.type) && !FILLED_BY_THE_BROWSER.has(field.autocomplete ?? "");
}

function isFilledIn(field: Field): boolean {
  return isTick(field) ? !!field.checked : field.value.trim() !== "";
}

function isTick(field: Field): boolean {
  return field.type === "checkbox" || field.type === "radio";
}

function differs(field: Field): boolean {
  if (isTick(field)) return field.checked !== field.defaultChecked;
  if (field.options) return isChosenAnew(field.type, Array.from(field.options));
  return shown(field.type, field.value) !== shown(field.type, field.defaultValue ?? "");
}

/** Without a choice of the page's own, the browser shows the first. */
function isChosenAnew(type: string, options: Option[]): boolean {
  if (type === "select-multiple") return options.some((each) => each.selected !== each.defaultSelected);
  const usual = Math.max(0, options.findLastIndex((each) => each.defaultSelected));
  return options.length > 0 && !options[usual]?.selected;
}

/** A value as the browser shows it, whatever the page wrote. */
function shown(type: string, value: string): string {
  return type === "color" ? value.toLowerCase() || "#000000" : value.trim();
}
