/** What stands on somebody else's page: a button and, above it, the frame. Nothing of the page's look reaches it. */

import { CHAT, DOWN, sign } from "./dom.ts";
import style from "./loader.css?inline";
import type { Settings } from "./types.ts";

/** What can be done with it, in a list, because names would travel to every page. */
export type Launcher = [
  frame: HTMLIFrameElement,
  /** Where the open chat is all there is to see. */
  phone: MediaQueryList,
  /** Be on the page, also after it has thrown its body away. Whether the frame began anew by that. */
  stand: () => boolean,
  name: (title: string, label: string) => void,
  unread: (count: number) => void,
  hide: (is: boolean) => void,
  turn: (isOpen: boolean) => void,
  load: (address: string) => void,
];

export function makeLauncher(settings: Settings, press: () => void, near: () => void): Launcher {
  const make = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag) => document.createElement(tag);
  /** Its own name, so that no rule about the page's elements means it. */
  const host = document.createElement("emptyfeed-chat");
  const [box, button, badge, frame] = [make("div"), make("button"), make("span"), make("iframe")];
  const phone = matchMedia("(max-width: 480px), (max-height: 480px)");
  const root = document.documentElement;
  const put = (name: string, value: unknown) => host.style.setProperty(`--${name}`, `${value}`);
  let [count, label, isOpen] = [0, "", false];
  let silenced: HTMLElement[] | null = null;
  let overflow = "";

  const tell = () => {
    badge.textContent = `${count}`;
    badge.hidden = !count || isOpen;
    button.ariaLabel = label + (count ? ` (${count})` : "");
  };
  /** On a phone the page behind the chat neither moves nor can be reached. */
  const settle = () => {
    const isAlone = isOpen && phone.matches;
    if (isAlone === !!silenced) return;
    if (isAlone) overflow = root.style.overflow;
    root.style.overflow = isAlone ? "hidden" : overflow;
    const others = silenced ?? ([...document.body.children] as HTMLElement[]).filter((each) => each !== host && !each.inert);
    for (const each of others) each.inert = isAlone;
    silenced = isAlone ? others : null;
  };

  const { accent, on } = settings.colours.light;
  const offset = `${settings.offset}px`;
  const place = settings.side === "left" ? `auto auto ${offset} ${offset}` : `auto ${offset} ${offset} auto`;
  const given = { accent, on, offset, place, z: settings.z };
  for (const [name, value] of Object.entries(given)) put(name, value);
  const drawn = sign(CHAT);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(box);
  host.role = "complementary";
  box.className = settings.side;
  button.onclick = press;
  button.onpointerenter = button.onfocus = near;
  button.append(drawn, badge);
  box.append(button);
  phone.onchange = settle;
  const viewport = window.visualViewport;
  if (viewport) {
    // The keyboard of a phone takes its place from the frame, not from what is typed.
    viewport.onresize = viewport.onscroll = () => {
      put("height", `${viewport.height}px`);
      put("top", `${viewport.offsetTop}px`);
    };
  }

  return [
    frame,
    phone,
    () => {
      if (host.isConnected) return false;
      document.body.append(host);
      return true;
    },
    (title, given) => {
      host.ariaLabel = frame.title = title;
      label = given;
      tell();
    },
    (now) => {
      count = now;
      tell();
    },
    (is) => (box.hidden = is),
    (is) => {
      isOpen = is;
      box.classList.toggle("open", is);
      drawn.firstElementChild!.setAttribute("d", is ? DOWN : CHAT);
      button.ariaExpanded = `${is}`;
      tell();
      settle();
      if (!is) button.focus({ preventScroll: true });
    },
    (address) => {
      frame.src = address;
      if (address) box.prepend(frame);
      else frame.remove();
    },
  ];
}
