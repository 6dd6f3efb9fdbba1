import type { Attachment } from "svelte/attachments";

/** Takes the focus as soon as it is there, whoever had it. (`autofocus` yields to whoever has it.) */
export const focused: Attachment<HTMLElement> = (element) => element.focus();
