import { createContext } from "svelte";
import type { Desk } from "./desk.svelte.ts";

/** The desk, for every component of the inbox. */
export const [desk, setDesk] = createContext<Desk>();
