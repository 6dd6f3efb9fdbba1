/** What the Jinja pages share: their look, and the little they do with JavaScript. */

import "../css/index.css";
import "../css/pages.css";
import "./look.ts";
import { askBeforeLeaving, isChanged, wouldLose } from "./unsent.ts";

/** A button with `data-within="id"` changes that part of the page alone; whatever goes wrong, the page loads anew. */
document.addEventListener("submit", (event) => {
  const button = event.submitter as HTMLButtonElement | null;
  const form = event.target as HTMLFormElement;
  const region = button?.dataset["within"];
  if (!button || !region || event.defaultPrevented) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset["changing"]) return;
  form.dataset["changing"] = "yes";
  void loaded(form.action, new FormData(form, button)).then((fresh) => {
    const now = fresh?.getElementById(region);
    delete form.dataset["changing"];
    delete button.dataset["within"];
    if (!now) return form.requestSubmit(button);
    document.getElementById(region)?.replaceWith(now);
    now.querySelector<HTMLElement>("[autofocus]")?.focus();
    showDraft();
  });
});

/** `data-shown-in="id"`: the frame of that id shows what the form stands for while it is being typed. */
let drawing: ReturnType<typeof setTimeout> | undefined;
function showDraft(): void {
  clearTimeout(drawing);
  drawing = setTimeout(async () => {
    const form = document.querySelector<HTMLFormElement>("form[data-shown-in]");
    const frame = document.getElementById(form?.dataset["shownIn"] ?? "") as HTMLIFrameElement | null;
    const address = form?.querySelector<HTMLButtonElement>("[formtarget]")?.formAction;
    const fresh = form && address ? await loaded(address, new FormData(form)) : null;
    const main = fresh?.querySelector("main");
    if (main) frame?.contentDocument?.querySelector("main")?.replaceWith(main);
  }, 400);
}
document.addEventListener("input", (event) => {
  if ((event.target as Element).closest("[data-shown-in]")) showDraft();
});

/** A form is sent once, however often its button is pressed; what opens elsewhere may be asked for again. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.submitter?.hasAttribute("formtarget")) return;
  const form = event.target as HTMLFormElement;
  if (form.dataset["sending"]) return event.preventDefault();
  form.dataset["sending"] = "yes";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
});

/** Coming back by the browser's Back button, the form may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) delete form.dataset["sending"];
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

/** `<button data-copy="text">` puts the text on the clipboard and says so with its `data-copied`. */
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  if (!button) return;
  void navigator.clipboard.writeText(button.dataset["copy"] ?? "").then(() => {
    const said = button.textContent;
    button.textContent = button.dataset["copied"] ?? said;
    setTimeout(() => (button.textContent = said), 2000);
  });
});

/** `data-confirm="Really?"` on a form or button asks before it acts; `data-losing` of the page, if others would be lost. */
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset["sending"]) return;
  const asked = (event.submitter ?? form).closest<HTMLElement>("[data-confirm]") ?? form;
  const stays = event.submitter?.matches("[formtarget], [data-within]");
  const loses = !stays && wouldLose([...document.forms].filter((each) => each !== form));
  const questions = [asked.dataset["confirm"], loses && document.body.dataset["losing"]].filter(Boolean);
  if (questions.length && !confirm(questions.join("\n\n"))) event.preventDefault();
}, { capture: true });
askBeforeLeaving();

/** A page as a document that does nothing; null when it is not there, or leads elsewhere (a session that ended). */
function loaded(address: string, sent: FormData | null = null): Promise<Document | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(sent ? "POST" : "GET", address);
    request.responseType = "document";
    request.onload = () => resolve(request.status === 200 && request.responseURL === address.split("#")[0] ? request.responseXML : null);
    request.onerror = () => resolve(null);
    request.send(sent);
  });
}

/** `id` and `data-live="seconds"`: what stands there is brought up to date so often, unless somebody is at it. */
function followLive(): void {
  const regions = () => [...document.querySelectorAll<HTMLElement>("[data-live]")];
  const again = () => {
    const seconds = Math.min(...regions().map((region) => Number(region.dataset["live"]) || 60));
    if (Number.isFinite(seconds)) setTimeout(() => void look(), seconds * 1000);
  };
  const look = async () => {
    const fresh = document.hidden ? null : await loaded(location.href);
    if (fresh) {
      for (const region of regions()) {
        const now = fresh.getElementById(region.id);
        const isInUse = region.contains(document.activeElement) || [...region.querySelectorAll("form")].some(isChanged);
        if (!now || isInUse) continue;
        region.dataset["live"] = now.dataset["live"] ?? "";
        if (now.textContent !== region.textContent) region.replaceChildren(...now.childNodes);
      }
    }
    again();
  };
  again();
}
followLive();

/** The first field that is wrong, else the one marked, has the cursor. */
document.querySelector<HTMLElement>("[aria-invalid=true], [autofocus]")?.focus();

export {};
