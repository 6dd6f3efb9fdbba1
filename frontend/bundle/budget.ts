/** What was built against what it may weigh (gzip, in kB). Fails when something grew too heavy. */

import { gzipSync } from "node:zlib";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const DIST = resolve(import.meta.dirname ?? ".", "../../app/static/dist");

export interface Chunk {
  file: string;
  src?: string;
  name?: string;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
}

export interface Weight {
  what: string;
  limit: number;
  is: number;
}

type Manifest = Record<string, Chunk>;

/** A chunk and all it needs before it can run, each file once. */
export function closure(manifest: Manifest, key: string): Set<string> {
  const found = new Set<string>();
  const waiting = [key];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const chunk = manifest[next];
    if (!chunk || found.has(next)) continue;
    found.add(next);
    waiting.push(...(chunk.imports ?? []));
  }
  return found;
}

/** The weights of a bundle; `size` tells a file's. */
export function weigh(manifest: Manifest, size: (file: string) => number, fonts: number): Weight[] {
  const scripts = (keys: Iterable<string>) => sum([...keys].map((key) => size(manifest[key]?.file ?? "")));
  const styles = (keys: Iterable<string>) => sum([...new Set([...keys].flatMap((key) => manifest[key]?.css ?? []))].map(size));
  const inbox = closure(manifest, "src/inbox/main.ts");
  const socket = Object.keys(manifest).filter((key) => key.includes("socket.io"));
  const start = new Set([...inbox, ...socket.flatMap((key) => [...closure(manifest, key)])]);
  const editor = closure(manifest, "src/editor/editor.ts").difference(start);
  const pages = closure(manifest, "src/pages/main.ts");
  return [
    { what: "inbox, scripts at start", limit: 95, is: scripts(start) },
    { what: "editor, on focus", limit: 75, is: scripts(editor) },
    { what: "pages, scripts", limit: 30, is: scripts(pages) },
    { what: "inbox, styles", limit: 20, is: styles(inbox) },
    { what: "pages, styles", limit: 20, is: styles(pages) },
    { what: "fonts", limit: 70, is: fonts },
    { what: "service worker", limit: 4, is: size("sw.js") },
    { what: "widget, on every page", limit: 4, is: scripts(["src/widget/loader.ts"]) },
    { what: "form, scripts", limit: 4, is: scripts(closure(manifest, "src/widget/form.ts")) },
    { what: "form, on other pages", limit: 2, is: scripts(["src/widget/embed.ts"]) },
    { what: "widget, opened", limit: 10, is: scripts(["src/widget/frame.ts", "src/widget/frame.css"]) },
  ];
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function main(): void {
  const manifest = JSON.parse(readFileSync(resolve(DIST, "manifest.json"), "utf8")) as Manifest;
  const size = (file: string) => gzipSync(readFileSync(resolve(DIST, file)), { level: 9 }).length / 1000;
  const fonts = sum(readdirSync(DIST).filter((name) => name.endsWith(".woff2")).map((name) => readFileSync(resolve(DIST, name)).length / 1000));
  const weights = weigh(manifest, size, fonts);
  for (const { what, limit, is } of weights) console.log(`${is > limit ? "TOO HEAVY" : "ok       "} ${what.padEnd(24)} ${is.toFixed(1).padStart(6)} of ${limit} kB`);
  if (weights.some(({ is, limit }) => is > limit)) Deno.exit(1);
}

if (import.meta.main) main();
