/** `data-looked-at="id"`: the frame of that id shows what the form stands for, shortly after each change. */

const PAUSE = 500;
let later: ReturnType<typeof setTimeout> | undefined;

/** By replacing where the frame is, so that Back leads where the reader came from. */
async function show(form: HTMLFormElement): Promise<void> {
  const frame = document.getElementById(form.dataset["lookedAt"] ?? "") as HTMLIFrameElement | null;
  const button = form.querySelector<HTMLButtonElement>("[formtarget]");
  if (!frame?.contentWindow || !button) return;
  const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (answer?.ok) frame.contentWindow.location.replace(answer.url);
}

document.addEventListener("input", (event) => {
  const form = (event.target as Element).closest<HTMLFormElement>("form[data-looked-at]");
  if (!form) return;
  clearTimeout(later);
  later = setTimeout(() => void show(form), PAUSE);
});
