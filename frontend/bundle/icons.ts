/** One sprite of the icons the product uses, for Svelte and for Jinja alike. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { ICONS } from "../src/ui/icons.ts";

const FOLDER = resolve(import.meta.dirname ?? ".", "../node_modules/lucide-static/icons");

/** The sprite: one symbol per icon, drawn with strokes of the text's own colour. */
export function sprite(names: readonly string[] = ICONS): string {
  const symbols = names.map((name) => {
    const svg = readFileSync(resolve(FOLDER, `${name}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "").trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

/** Emits the sprite under a hashed name, tells TypeScript its address and the manifest its key "icons.svg". */
export function icons(base: string): Plugin {
  const source = sprite();
  const fileName = `icons-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.svg`;
  return {
    name: "icons",
    config: () => ({ define: { __ICONS__: JSON.stringify(base + fileName) } }),
    configureServer(server) {
      server.middlewares.use(base + fileName, (_request, response) => {
        response.setHeader("Content-Type", "image/svg+xml");
        response.end(source);
      });
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName, name: "icons.svg", originalFileName: "icons.svg", source });
    },
  };
}
