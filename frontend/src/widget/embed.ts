/** Puts the frame of a form where this script stands, keeps it as high as the form, and tells it where people come from. */

import { captureTouches } from "./touches.ts";

declare const emptyfeedForm: { key: string; title: string; frame: string };

const told = emptyfeedForm;
const origin = new URL(told.frame).origin;
const script = document.currentScript as HTMLScriptElement | null;
const frame = document.createElement("iframe");
const wanted = new URL(told.frame);
const language = script?.dataset["language"] ?? document.documentElement.lang.split("-")[0];
if (language) wanted.searchParams.set("lang", language);
frame.src = wanted.href;
frame.title = script?.dataset["title"] ?? told.title;
frame.style.cssText = "width:100%;border:0;height:30rem;color-scheme:normal";

frame.addEventListener("load", () => {
  const note = { emptyfeed: "touches", touches: captureTouches(kept()), page: location.href };
  frame.contentWindow?.postMessage(note, origin);
});

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== origin || event.data?.emptyfeed !== "form") return;
  const { height, sent, next } = event.data as { height?: unknown; sent?: unknown; next?: unknown };
  if (typeof height === "number" && height > 0 && height < 20_000) frame.style.height = `${height}px`;
  if (sent === true) frame.dispatchEvent(new CustomEvent("emptyfeed:sent", { bubbles: true }));
  if (typeof next === "string" && /^https?:/.test(next)) location.assign(next);
});

if (script?.parentNode) script.after(frame);
else document.body.append(frame);

function kept(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
