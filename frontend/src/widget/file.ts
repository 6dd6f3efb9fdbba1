/** Files as they are seen in the conversation. */

import styles from "./file.css?inline";
import { adopt } from "./adopt.ts";
import { el, sign } from "./dom.ts";
import type { FileOfLine } from "./types.ts";
import { weight } from "./weight.ts";

const FILE = "M13.5 3H6v18h12V7.5zM13.5 3v4.5H18";

adopt(styles);

/** A file that is there: a picture to look at, anything else to take. */
export function file({ name, size, url, is_image: isImage }: FileOfLine): HTMLElement {
  const leads = { href: url, target: "_blank", rel: "noopener noreferrer" };
  if (isImage && url) return el("a", { ...leads, className: "picture" }, el("img", { src: url, alt: name, loading: "lazy" }));
  return el("a", { ...leads, className: "file", download: name }, ...described(name, size));
}

/** A file that is not there yet. */
export function chip(name: string, size: number): HTMLElement {
  return el("span", { className: "file" }, ...described(name, size));
}

function described(name: string, size: number): Node[] {
  return [sign(FILE), el("span", { dir: "auto" }, name), el("small", {}, weight(size))];
}
