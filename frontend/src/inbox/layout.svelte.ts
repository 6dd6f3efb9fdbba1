/** Panes: which are seen, how wide they are, and how the screen is dressed. */

import type { Settings } from "../core/types.ts";

export type Pane = "feed" | "dialog";

const KEY = "emptyfeed.panes";

export class Layout {
  /** On a phone one pane is seen at a time. */
  pane = $state<Pane>("feed");
  phone = $state(false);
  wide = $state(true);
  /** Too narrow for the rail: it opens from the list's head. */
  railGone = $state(false);
  /** Folded by the agent, remembered. */
  railFolded = $state(false);
  asideFolded = $state(false);
  /** The customer pane as an overlay, on screens too narrow to keep it. */
  asideShown = $state(false);
  feedWidth = $state(348);
  theme = $state<Settings["theme"]>("system");
  density = $state<Settings["density"]>("comfortable");

  constructor(settings: Settings) {
    this.watch("(max-width: 47.49rem)", (matches) => (this.phone = matches));
    this.watch("(min-width: 80rem)", (matches) => (this.wide = matches));
    this.watch("(max-width: 59.99rem)", (matches) => (this.railGone = matches));
    this.dress(settings);
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Record<"rail" | "aside", boolean> & { feed: number }>;
      this.railFolded = kept.rail ?? false;
      this.asideFolded = kept.aside ?? false;
      this.feedWidth = Math.min(520, Math.max(280, kept.feed ?? 348));
    } catch {
      // a browser that keeps nothing starts with the usual panes
    }
  }

  /** Is this pane in front of the agent's eyes? */
  sees(pane: Pane): boolean {
    return !this.phone || this.pane === pane;
  }

  /** The rail shows icons only, by choice or for want of room. */
  get railSmall(): boolean {
    return this.railFolded || !this.wide;
  }

  get asideOpen(): boolean {
    return this.wide ? !this.asideFolded : this.asideShown;
  }

  toggleRail(): void {
    this.railFolded = !this.railFolded;
    this.remember();
  }

  toggleAside(): void {
    if (this.wide) this.asideFolded = !this.asideFolded;
    else this.asideShown = !this.asideShown;
    this.remember();
  }

  resizeFeed(width: number): void {
    this.feedWidth = Math.round(Math.min(520, Math.max(280, width)));
    this.remember();
  }

  dress({ theme, density }: Pick<Settings, "theme" | "density">): void {
    this.theme = theme;
    this.density = density;
    const root = document.documentElement;
    if (theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
    root.dataset["density"] = density;
  }

  private watch(query: string, tell: (matches: boolean) => void): void {
    const list = matchMedia(query);
    tell(list.matches);
    list.addEventListener("change", () => tell(list.matches));
  }

  private remember(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify({ rail: this.railFolded, aside: this.asideFolded, feed: this.feedWidth }));
    } catch {
      // then it is forgotten
    }
  }
}
