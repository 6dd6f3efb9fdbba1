/**
 * The chat widget's own builds: what stands on other people's pages shares no chunk with the inbox.
 *
 * The loader is one script; the frame is a module that brings what is seldom needed only when it is. The
 * manifest names them by their sources: "src/widget/loader.ts", "src/widget/frame.ts", "src/widget/frame.css".
 * Their words travel apart, as numbers here and as a list in "i18n/widget-<language>.json".
 */

import { basename, parse, resolve } from "node:path";
import type { Plugin, Rolldown } from "vite";
import { build } from "vite";
import { numbered } from "./catalogues.ts";

const ROOT = resolve(import.meta.dirname ?? ".", "..");
const LOADER = "src/widget/loader.ts";
const FRAME = "src/widget/frame.ts";
const EMBED = "src/widget/embed.ts"; // of forms, on pages of other people likewise

type Built = Rolldown.OutputChunk | Rolldown.OutputAsset;

/** Emits the loader and the frame for the browsers of the main build. */
export function widget(): Plugin {
  let target: string[] = [];
  return {
    name: "widget",
    apply: "build",
    configResolved(config) {
      target = [config.build.target].flat().filter((one) => typeof one === "string");
    },
    async generateBundle() {
      for (const [entry, format] of [[LOADER, "iife"], [FRAME, "es"], [EMBED, "iife"]] as const) {
        for (const built of await bundled(entry, format, target)) {
          const source = built.type === "chunk" ? built.code.replaceAll("/* @__PURE__ */ ", "") : String(built.source);
          const key = keyOf(entry, built);
          this.emitFile({ type: "asset", fileName: basename(built.fileName), name: key, originalFileName: key, source });
        }
      }
    },
  };
}

async function bundled(entry: string, format: "iife" | "es", target: string[]): Promise<Built[]> {
  const names = "widget-[name]-[hash].js";
  const result = await build({
    root: ROOT,
    base: "./",
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [numbers()],
    build: {
      write: false,
      target,
      modulePreload: false,
      cssCodeSplit: false,
      lib: { entry: resolve(ROOT, entry), formats: [format], name: "widget" }, // a library needs no helper for what it brings later
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension",
        output: { minify: true, entryFileNames: names, chunkFileNames: names, assetFileNames: `widget-${parse(entry).name}-[hash][extname]` },
      },
    },
  });
  return [result].flat().flatMap((one) => ("output" in one ? one.output : []));
}

function keyOf(entry: string, built: Built): string {
  if (built.type === "asset") return entry.replace(/ts$/, "css");
  return built.isEntry ? entry : `src/widget/${built.name}.ts`;
}

/** A word of the widget becomes its number in the list that travels with the page. */
function numbers(): Plugin {
  return {
    name: "numbers",
    transform(code, id) {
      if (!/src\/widget\/\w+\.ts$/.test(id)) return null;
      return { code: code.replace(/(?<![\w.$])_\(\s*("(?:[^"\\\n]|\\.)*")/g, (_call, literal: string) => `_(${numbered(JSON.parse(literal) as string)}`), map: null };
    },
  };
}
