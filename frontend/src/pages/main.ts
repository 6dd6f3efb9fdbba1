/** What the Jinja pages share: their look, and the little they do with JavaScript. */

import "../css/index.css";
import "../css/pages.css";

/** A form is sent once, however often its button is pressed. */
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset["sending"]) return event.preventDefault();
  form.dataset["sending"] = "yes";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
});

/** Coming back by the browser's Back button, the form may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) delete form.dataset["sending"];
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

/** `data-confirm="Really?"` on a form or button asks before it acts. */
document.addEventListener("submit", (event) => {
  const asked = (event.submitter ?? (event.target as Element)).closest<HTMLElement>("[data-confirm]") ?? (event.target as HTMLElement);
  const question = asked.dataset["confirm"];
  if (question && !confirm(question)) event.preventDefault();
}, { capture: true });

/** The first field that is wrong, else the one marked, has the cursor. */
document.querySelector<HTMLElement>("[aria-invalid=true], [autofocus]")?.focus();

export {};
