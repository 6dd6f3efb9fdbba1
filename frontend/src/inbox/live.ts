/** The live connection: frames in, where the agent looks out. It is a doorbell; the log asks for the record itself. */

import { Connection } from "../core/connection.ts";
import type { Frame, Mode } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";
import type { Presence } from "./reading.svelte.ts";
import { later } from "./timers.ts";

const SLEPT = 20_000;

export async function connect(desk: Desk): Promise<void> {
  const { io } = await import("socket.io-client");
  const socket = io({ transports: ["websocket"], path: "/socket.io", reconnectionDelay: 500, reconnectionDelayMax: 5000 });
  const connection = new Connection((connected) => (desk.connected = connected), later);
  let hidden = 0;

  socket.on("connect", back);
  socket.on("disconnect", (reason) => {
    wait();
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 2000);
  });
  socket.on("connect_error", wait);
  socket.on("frame", (frame: Frame) => {
    if (!desk.connected) back();
    desk.log.frame(frame);
  });
  socket.on("presence", ({ dialog_id: dialog, agents }: { dialog_id: number; agents: Presence[] }) => {
    if (dialog === desk.reading.id) desk.reading.present = agents;
  });
  socket.on("customer_typing", ({ dialog_id: dialog }: { dialog_id: number }) => desk.hearWriting(dialog));
  socket.on("signed_out", () => (desk.signedOut = true));

  desk.looking = (dialog) => socket.connected && socket.emit("look", { dialog_id: dialog });
  desk.typing = (dialog: number, mode: Mode) => socket.connected && socket.volatile.emit("typing", { dialog_id: dialog, mode });

  addEventListener("online", () => (socket.connected ? back() : socket.connect()));
  addEventListener("offline", () => connection.gone());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return void (hidden = Date.now());
    desk.reading.seen();
    if (Date.now() - hidden > SLEPT) void desk.log.catchUp();
  });

  /** The connection is there (again): what was missed is asked for, and what waited leaves. */
  function back(): void {
    connection.works();
    void desk.log.catchUp();
    desk.outbox.resume();
    desk.cards.resume();
    desk.looking(desk.reading.id);
  }

  function wait(): void {
    connection.broke();
    if (!desk.signedOut) void desk.checkSession();
  }
}
