/** What a form does besides being one: proves work, notes where somebody came from, tells a frame's page its height. */

import "../css/index.css";
import "../css/form.css";
import { type Challenge, solve } from "./proof.ts";
import { captureTouches } from "./touches.ts";

const LONGEST_WAIT = 8000;
const framed = document.body.classList.contains("framed") && window.parent !== window;
/** Whose page is around, as far as it is known: behind an answer to a post it is not. Only sites of the form's can be. */
const before = URL.canParse(document.referrer) ? new URL(document.referrer).origin : location.origin;
const host = framed && before !== location.origin ? before : null;
const form = document.querySelector<HTMLFormElement>("form[data-challenge]");

if (form) prepare(form);
if (framed) tellHost();

function prepare(form: HTMLFormElement) {
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  let proof: Promise<void> | null = null;
  const begin = () => {
    proof ??= solve(JSON.parse(form.dataset["challenge"] ?? "{}") as Challenge)
      .then((solution) => void (field("_solution").value ||= solution))
      .catch(() => {}); // without it, what is sent is trusted less, and taken all the same
  };
  form.addEventListener("focusin", begin, { once: true });
  if (!framed) note(field, captureTouches(storage()), location.href);
  addEventListener("message", (event) => {
    if (event.source !== window.parent || (host ?? event.origin) !== event.origin || event.data?.emptyfeed !== "touches") return;
    note(field, event.data.touches, String(event.data.page ?? ""));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset["sending"]) return;
    form.dataset["sending"] = "yes";
    form.querySelector("button")?.setAttribute("aria-busy", "true");
    begin();
    void Promise.race([proof, new Promise((done) => setTimeout(done, LONGEST_WAIT))]).then(() => form.submit());
  });
  /** Coming back by the browser's Back button, the form may be sent again. */
  addEventListener("pageshow", () => {
    delete form.dataset["sending"];
    form.querySelector("button")?.removeAttribute("aria-busy");
  });
}

function note(field: (name: string) => HTMLInputElement, touches: unknown, page: string) {
  field("_touches").value ||= JSON.stringify(touches).slice(0, 8000);
  field("_page").value ||= page.slice(0, 500);
}

function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** Nothing but a number and where to go on: whoever may show the frame may know them. */
function tellHost() {
  const tell = (told: Record<string, unknown>) => window.parent.postMessage({ emptyfeed: "form", ...told }, host ?? "*");
  const height = () => tell({ height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
  new ResizeObserver(height).observe(document.body);
  height();
  const said = document.querySelector<HTMLElement>(".said");
  if (said) tell({ sent: true, next: said.dataset["further"] ?? null });
}
