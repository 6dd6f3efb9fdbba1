/** Reads what the page was delivered with and puts the inbox into it. */

import { mount } from "svelte";
import "../css/index.css";
import { setCatalogue } from "../core/i18n.ts";
import type { Start } from "../core/types.ts";
import { workerAddress } from "../ui/trusted.ts";
import App from "./App.svelte";
import { Desk } from "./desk.svelte.ts";
import { connect } from "./live.ts";
import { watchParts } from "./outdated.ts";
import { connectSending, recover } from "./sending.ts";

const start = JSON.parse(document.getElementById("start")?.textContent ?? "") as Start;
const target = document.getElementById("inbox");

async function open(): Promise<void> {
  const answer = await fetch(start.catalogue_url).catch(() => null);
  if (answer?.ok) setCatalogue(await answer.json());
  if (!target) return;
  const desk = new Desk(start);
  connectSending(desk);
  watchParts(desk);
  const asked = Number(/\/inbox\/(\d+)/.exec(location.pathname)?.[1]);
  if (asked) desk.reading.open(asked);
  mount(App, { target, props: { desk } });
  await Promise.all([recover(desk), connect(desk)]);
  if ("serviceWorker" in navigator && location.protocol === "https:") {
    void navigator.serviceWorker.register(workerAddress()).catch(() => undefined);
  }
}

void open();
