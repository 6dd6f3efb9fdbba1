import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { catalogues } from "./bundle/catalogues.ts";
import { icons } from "./bundle/icons.ts";
import { widget } from "./bundle/widget.ts";

const base = "/static/dist/";

export default defineConfig({
  base,
  plugins: [svelte(), icons(base), catalogues(base), widget()],
  server: { port: 5173, strictPort: true, cors: true },
  build: {
    outDir: "../app/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["chrome111", "firefox120", "safari16.4"],
    assetsInlineLimit: 0, // a data: address would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    rollupOptions: {
      checks: { pluginTimings: false }, // the widget is built within this build
      input: { inbox: "src/inbox/main.ts", pages: "src/pages/main.ts", form: "src/widget/form.ts", sw: "src/sw.ts" },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "[name]-[hash].js"),
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
