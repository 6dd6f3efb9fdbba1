/** Where the visitor writes: words, and files picked, pasted or dropped. */

import { CLIP, el, signButton, UP } from "./dom.ts";
import { _ } from "./say.ts";
import type { Limits } from "./types.ts";

export interface Ports {
  send(text: string, files: File[]): void;
  /** The visitor is writing. */
  type(): void;
  /** What is written and not sent. */
  keep(text: string): void;
  say(words: string): void;
  limits(): Limits | undefined;
}

/** Its element, and what can be done with it. */
export type Composer = [
  box: HTMLFormElement,
  focus: () => void,
  /** Put words in, unless the visitor has begun to write. */
  prefill: (words: string) => void,
  clear: () => void,
];

export function makeComposer({ send, type, keep, say, limits }: Ports): Composer {
  const tray = el("div", { className: "tray" });
  const text = el("textarea", { rows: 1, placeholder: _("Write a message…"), "aria-label": _("Message"), enterKeyHint: "send", dir: "auto" });
  const pick = el("input", { type: "file", multiple: true, hidden: true });
  const button = signButton(UP, _("Send"), () => {});
  const box = el("form", { className: "composer" }, tray, signButton(CLIP, _("Attach a file"), () => pick.click()), pick, text, button);
  let files: File[] = [];

  const settle = () => {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  };
  const focus = () => text.focus();
  const clear = () => {
    text.value = "";
    files = [];
    tray.replaceChildren();
    keep("");
    settle();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words && !files.length) return;
    const given = files;
    clear();
    send(words, given);
  };
  const add = (given: FileList | null | undefined, event: Event) => {
    const more = [...given ?? []];
    if (!more.length) return;
    event.preventDefault();
    void import("./tray.ts").then(({ joined, drawTray }) => {
      const draw = (now: File[]) => {
        files = now;
        drawTray(tray, files, draw);
        focus();
      };
      draw(joined(files, more, limits(), say));
    });
  };

  button.type = "submit";
  button.className = "send";
  text.oninput = () => {
    type();
    keep(text.value);
    settle();
  };
  text.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
  };
  text.onpaste = (event) => add(event.clipboardData?.files, event);
  pick.onchange = (event) => {
    add(pick.files, event);
    pick.value = "";
  };
  box.onsubmit = submit;
  ondragover = (event) => event.preventDefault();
  ondrop = (event) => {
    event.preventDefault();
    if (!box.hidden) add(event.dataTransfer?.files, event);
  };
  requestAnimationFrame(settle);
  const prefill = (words: string) => {
    text.value ||= words;
    settle();
  };
  return [box, focus, prefill, clear];
}
