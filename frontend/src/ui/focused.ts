import type { Attachment } from "svelte/attachments";

/** Takes the focus as soon as it is there, whoever had it, or when the dialog around it is shown. (`autofocus` alone yields to whoever has it.) */
export const focused: Attachment<HTMLElement> = (element) => {
  element.autofocus = true;
  element.focus();
};
