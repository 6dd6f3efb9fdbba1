/** What moves while somebody writes. */

import { adopt } from "./adopt.ts";
import { el } from "./dom.ts";
import styles from "./dots.css?inline";

adopt(styles);

export function dots(): HTMLElement {
  return el("span", { "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}
