/** Questions to the visitor: what the shop wants to know before the chat, and where to answer when nobody is there. */

import { _ } from "./say.ts";
import styles from "./asking.css?inline";
import { adopt } from "./adopt.ts";
import { el } from "./dom.ts";
import type { Field } from "./types.ts";

adopt(styles);

export type Answered = (values: Record<string, unknown>, consent: boolean) => Promise<void>;

const TYPES: Record<string, string> = { email: "email", phone: "tel", checkbox: "checkbox", consent: "checkbox", date: "date" };
const FILLED: Record<string, string> = { name: "name", email: "email", phone: "tel" };

/** A form of these fields; a refusal is said in it, and nothing typed is lost by it. */
export function asking(fields: Field[], button: string, answered: Answered): HTMLFormElement {
  const fault = el("p", { className: "fault", role: "alert" });
  const submit = el("button", { className: "main" }, button);
  const inputs = fields.map((field) => [field, input(field)] as const);
  const form = el("form", { className: "asking" }, ...inputs.map(([field, control]) => labelled(field, control)), fault, submit);
  form.onsubmit = (event) => {
    event.preventDefault();
    const values: Record<string, unknown> = {};
    let consent = false;
    for (const [{ name, kind }, control] of inputs) {
      const isTicked = control instanceof HTMLInputElement && control.type === "checkbox" ? control.checked : null;
      if (kind === "consent" || name === "consent") consent = !!isTicked;
      else values[name] = isTicked ?? control.value.trim();
    }
    submit.disabled = true;
    answered(values, consent).catch((error: Error) => (fault.textContent = error.message || _("No connection. Try again."))).finally(() => (submit.disabled = false));
  };
  return form;
}

/** Where to answer somebody who will have left. */
export function offering(introduce: (values: Record<string, unknown>) => Promise<void>, tell: (words: string) => void): HTMLFormElement {
  const field = { name: "email", label: _("Your e-mail, so that our answer reaches you after you have left"), kind: "email", required: true };
  return asking([field], _("Save"), (values) => introduce(values).then(() => tell(_("Thank you. We will write to you there."))));
}

function input(field: Field): HTMLInputElement | HTMLSelectElement {
  const given = { name: field.name, required: !!field.required };
  if (field.kind !== "select") return el("input", { ...given, type: TYPES[field.kind] ?? "text", autocomplete: FILLED[field.name] ?? "on", maxLength: TYPES[field.kind] === "checkbox" ? undefined : 200 });
  const options = (field.options ?? []).map((each) => (typeof each === "string" ? { value: each, label: each } : each));
  return el("select", given, el("option", { value: "" }), ...options.map(({ value, label }) => el("option", { value }, label)));
}

function labelled(field: Field, control: HTMLInputElement | HTMLSelectElement): HTMLElement {
  const isTick = control.type === "checkbox";
  const words = field.url && /^https?:/.test(field.url) ? el("a", { href: field.url, target: "_blank", rel: "noopener noreferrer" }, field.label) : field.label;
  const label = el("span", {}, words, !field.required && !isTick && el("small", {}, " ", _("optional")));
  return isTick ? el("label", { className: "tick" }, control, label) : el("label", {}, label, control);
}
