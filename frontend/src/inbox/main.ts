/** Reads what the page was delivered with and puts the inbox into it. */

import { mount } from "svelte";
import "../css/index.css";
import { setCatalogue } from "../core/i18n.ts";
import type { Start } from "../core/types.ts";
import App from "./App.svelte";

const start = JSON.parse(document.getElementById("start")?.textContent ?? "") as Start;
const target = document.getElementById("inbox");

async function open(): Promise<void> {
  const answer = await fetch(start.catalogue_url).catch(() => null);
  if (answer?.ok) setCatalogue(await answer.json());
  if (target) mount(App, { target, props: { start } });
}

void open();
