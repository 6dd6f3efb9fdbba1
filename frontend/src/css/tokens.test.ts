import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

type Colour = [number, number, number];

/** OKLCH to linear sRGB (https://bottosson.github.io/posts/oklab/). */
function linear(lightness: number, chroma: number, hue: number): Colour {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const [l, m, s] = [lightness + 0.3963377774 * a + 0.2158037573 * b, lightness - 0.1055613458 * a - 0.0638541728 * b, lightness - 0.0894841775 * a - 1.291485548 * b]
    .map((value) => value ** 3) as Colour;
  return [4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s];
}

function token(name: string, theme: "light" | "dark"): Colour {
  const found = new RegExp(`--${name}: light-dark\\(oklch\\(([^)]+)\\), oklch\\(([^)]+)\\)\\)`).exec(css);
  assert.ok(found, `--${name} is a colour`);
  const [lightness = 0, chroma = 0, hue = 0] = (found[theme === "light" ? 1 : 2] ?? "").split(" ").map(Number);
  return linear(lightness, chroma, hue);
}

function luminance([red, green, blue]: Colour): number {
  const [r, g, b] = [red, green, blue].map((value) => Math.min(1, Math.max(0, value))) as Colour;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(front: string, back: string, theme: "light" | "dark"): number {
  const [one, other] = [luminance(token(front, theme)), luminance(token(back, theme))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

const GROUNDS = ["canvas", "surface", "raised", "sunken", "hover", "hover-raised", "selected", "bubble-in", "bubble-out"];
const TEXT: [string, string[]][] = [
  ["text", [...GROUNDS, "sand"]],
  ["text-muted", [...GROUNDS, "sand"]],
  ["text-faint", ["canvas", "surface", "raised", "sunken", "hover", "hover-raised", "selected"]],
  ["accent-text", [...GROUNDS, "sand"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["sand-text", ["sand"]], ["on-sand", ["sand-strong"]],
  ["ok-text", ["ok-bg", "surface"]], ["warn-text", ["warn-bg", "surface"]], ["danger-text", ["danger-bg", "surface", "bubble-out"]],
  ["on-danger", ["danger"]], ["on-toast", ["toast"]], ["toast-link", ["toast"]],
];
const CONTROLS: [string, string[]][] = [
  ["border-strong", ["surface", "raised", "sand", "canvas"]],
  ["focus", ["surface", "selected", "canvas", "raised", "sand"]],
  ["unread", ["surface", "selected", "hover"]],
  ["accent", ["selected", "raised", "surface"]],
];
// What is pointed at or current stands out of what it lies on; the current one has a bar of --accent besides.
const STATES: [string, string[], number][] = [
  ["hover", ["surface"], 1.12],
  ["hover", ["canvas"], 1.08],
  ["hover-raised", ["raised"], 1.2],
  ["selected", ["raised", "surface"], 1.15],
  ["selected", ["canvas"], 1.08],
];

for (const theme of ["light", "dark"] as const) {
  for (const [front, backs] of TEXT) {
    test(`${theme}: ${front} can be read wherever it stands`, () => {
      for (const back of backs) assert.ok(contrast(front, back, theme) >= 4.5, `${front} on ${back}: ${contrast(front, back, theme).toFixed(2)}`);
    });
  }
  for (const [front, backs] of CONTROLS) {
    test(`${theme}: ${front} can be seen wherever it stands`, () => {
      for (const back of backs) assert.ok(contrast(front, back, theme) >= 3, `${front} on ${back}: ${contrast(front, back, theme).toFixed(2)}`);
    });
  }
  for (const [state, grounds, least] of STATES) {
    test(`${theme}: ${state} stands out of ${grounds.join(" and ")}`, () => {
      for (const ground of grounds) assert.ok(contrast(state, ground, theme) >= least, `${state} on ${ground}: ${contrast(state, ground, theme).toFixed(2)}`);
    });
  }
}

test("every colour lies inside sRGB, so that all screens show the same", () => {
  for (const [, name = ""] of css.matchAll(/--([a-z-]+): light-dark\(/g)) {
    for (const theme of ["light", "dark"] as const) {
      for (const channel of token(name, theme)) assert.ok(channel > -0.002 && channel < 1.002, `${name} ${theme}`);
    }
  }
});
