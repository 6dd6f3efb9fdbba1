/**
 * One table of commands feeds keys, palette, tooltips and help.
 *
 * A key is written "e", "shift+e", "mod+enter" (Ctrl, on a Mac ⌘), "g f" (one after the other) or as
 * the sign it types ("/", "?", "$"). A letter is matched by what the key types when that is Latin,
 * otherwise by where the key stands, so that «У» is E on ЙЦУКЕН while Dvorak and AZERTY stay right.
 */

export interface Command {
  id: string;
  title: string;
  group: string;
  keys: string[];
  /** Other words people look for in the palette. */
  words?: string;
  when?: () => boolean;
  run: () => void;
  /** Works while one types; only for keys with mod or alt, and Escape. */
  inFields?: boolean;
  /** May be repeated by holding the key down. */
  repeats?: boolean;
  /** Kept out of the palette: moving about makes no sense there. */
  hidden?: boolean;
}

/** What matters of a KeyboardEvent. */
export interface Stroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  repeat?: boolean;
  isComposing?: boolean;
  keyCode?: number;
}

export interface KeySettings {
  singleKeys: boolean;
  /** Keys chosen by the agent, by command id; "" switches the command's key off. */
  chosen: Record<string, string>;
  mac: boolean;
}

/** Where a stroke falls: in a text field, in a menu or dialog that keeps its keys, or on the page. */
export type Place = "page" | "field" | "menu";

const SEQUENCE_TIME = 1500;

export class Keys {
  private begun: { key: string; at: number } | null = null;
  private latin = true;
  private drawn = new Map<string, string>();

  constructor(
    private readonly commands: () => Command[],
    private readonly settings: () => KeySettings,
  ) {}

  /** The command for this stroke, if there is one here and now. */
  find(stroke: Stroke, place: Place, now: number): Command | null {
    if (stroke.isComposing || stroke.keyCode === 229 || place === "menu") return null;
    this.learn(stroke);
    const begun = this.begun && now - this.begun.at < SEQUENCE_TIME ? this.begun.key : null;
    this.begun = null;
    const pressed = names(stroke, this.latin, this.settings().mac);
    for (const name of pressed) {
      const found = this.match(begun ? `${begun} ${name}` : name, stroke, place);
      if (found) return found;
    }
    for (const name of pressed) {
      const found = begun && !isSingle(name) ? this.match(name, stroke, place) : null; // a letter that goes on nothing is nothing
      if (found) return found;
      if (place === "page" && this.settings().singleKeys && this.starts(name)) this.begun = { key: name, at: now };
    }
    return null;
  }

  /** The keys of a command as it now stands: the agent's choice, else the table's. */
  keysOf(command: Command): string[] {
    const { chosen, singleKeys } = this.settings();
    const own = chosen[command.id];
    const keys = own === undefined ? command.keys : own ? [own] : [];
    return singleKeys ? keys : keys.filter((key) => !isSingle(key));
  }

  /** The first key of a command, as this keyboard has it: "У", "Ctrl K", "G затем F". */
  hint(command: Command): string {
    const key = this.keysOf(command)[0];
    return key ? this.draw(key).join(" ") : "";
  }

  /** A key's parts to draw as caps. */
  draw(key: string): string[] {
    return key.split(" ").flatMap((part) => part.split(/\+(?=.)/).map((one) => this.cap(one)));
  }

  /** Another command that already has this key, if any. */
  clash(key: string, id: string): Command | null {
    return this.commands().find((command) => command.id !== id && this.keysOf(command).includes(key)) ?? null;
  }

  private match(key: string, stroke: Stroke, place: Place): Command | null {
    for (const command of this.commands()) {
      if (!this.keysOf(command).includes(key)) continue;
      if (place === "field" && !command.inFields) continue;
      if (stroke.repeat && !command.repeats) continue;
      if (command.when && !command.when()) continue;
      return command;
    }
    return null;
  }

  private starts(key: string): boolean {
    return this.commands().some((command) => this.keysOf(command).some((one) => one.startsWith(`${key} `)));
  }

  /** Each letter typed shows the layout: what the keys type, and whether signs can be trusted. */
  private learn(stroke: Stroke): void {
    if (!stroke.code.startsWith("Key") || [...stroke.key].length !== 1 || stroke.ctrlKey || stroke.metaKey || stroke.altKey) return;
    this.latin = isLatin(stroke.key);
    if (this.latin) this.drawn.clear();
    else {
      if (this.drawn.size === 0 && /[а-яё]/i.test(stroke.key)) for (const [code, letter] of RUSSIAN) this.drawn.set(code, letter);
      this.drawn.set(stroke.code, stroke.key.toUpperCase());
    }
  }

  private cap(part: string): string {
    const { mac } = this.settings();
    const named: Record<string, string> = {
      mod: mac ? "⌘" : "Ctrl", shift: mac ? "⇧" : "Shift", alt: mac ? "⌥" : "Alt", enter: "Enter", escape: "Esc",
      arrowdown: "↓", arrowup: "↑", space: "␣",
    };
    if (/^[a-z]$/.test(part)) return this.drawn.get(`Key${part.toUpperCase()}`) ?? part.toUpperCase();
    return named[part] ?? (part.length > 1 ? part[0]?.toUpperCase() + part.slice(1) : part);
  }
}

/** How the pressed stroke would be written in a table, for choosing a key of one's own; null for a bare modifier. */
export function written(stroke: Stroke, mac: boolean): string | null {
  if (/^(Shift|Control|Alt|Meta|AltGraph|CapsLock|Dead|Process)$/.test(stroke.key)) return null;
  return names(stroke, isLatin(stroke.key), mac)[0] ?? null;
}

/** A key that fires without Ctrl, Alt or ⌘; such keys can be switched off (WCAG 2.1.4). */
export function isSingle(key: string): boolean {
  const named = /^(shift\+)?(escape|enter|tab|f\d+|arrow\w+)$/.test(key);
  return !named && !/(^|\+)(mod|alt)\+/.test(key);
}

/** What `placeOf` asks of an Element. */
interface Spot {
  tagName: string;
  closest(selector: string): unknown;
  getAttribute(name: string): string | null;
}

/** Where a keystroke on this element falls. */
export function placeOf(element: Spot | null): Place {
  if (!element) return "page";
  if (element.closest("[data-keys=off], dialog, [role=menu]")) return "menu";
  const tag = element.tagName;
  if (tag === "TEXTAREA" || tag === "SELECT" || element.closest("[contenteditable=true]")) return "field";
  const type = element.getAttribute("type") ?? "text";
  return tag === "INPUT" && !/^(checkbox|radio|button|submit|reset|range|color|file)$/.test(type) ? "field" : "page";
}

function names(stroke: Stroke, latinLayout: boolean, mac: boolean): string[] {
  const mod = mac ? stroke.metaKey : stroke.ctrlKey;
  if (mac ? stroke.ctrlKey : stroke.metaKey) return [];
  const bases: string[] = [];
  const typed = [...stroke.key].length === 1 ? stroke.key : stroke.key.toLowerCase();
  const latin = [...typed].length > 1 || isLatin(typed);
  if (latin) bases.push(typed === " " ? "space" : typed.toLowerCase());
  if (!latin || (!latinLayout && !/^[a-z]$/i.test(typed))) {
    const physical = byPlace(stroke);
    if (physical) bases.push(physical);
  }
  return [...new Set(bases)].map((base) => {
    const shift = stroke.shiftKey && (/^[a-z0-9]$/.test(base) || base.length > 1);
    return `${mod ? "mod+" : ""}${stroke.altKey ? "alt+" : ""}${shift ? "shift+" : ""}${base}`;
  });
}

const SIGNS: Record<string, [string, string]> = {
  Slash: ["/", "?"], Period: [".", ">"], Comma: [",", "<"], Semicolon: [";", ":"], Quote: ["'", '"'],
  BracketLeft: ["[", "{"], BracketRight: ["]", "}"], Backslash: ["\\", "|"], Minus: ["-", "_"], Equal: ["=", "+"], Backquote: ["`", "~"],
  Digit1: ["1", "!"], Digit2: ["2", "@"], Digit3: ["3", "#"], Digit4: ["4", "$"], Digit5: ["5", "%"],
  Digit6: ["6", "^"], Digit7: ["7", "&"], Digit8: ["8", "*"], Digit9: ["9", "("], Digit0: ["0", ")"],
};

/** What the key at this place types on an American keyboard. */
function byPlace(stroke: Stroke): string | null {
  if (stroke.code.startsWith("Key")) return stroke.code.slice(3).toLowerCase();
  return SIGNS[stroke.code]?.[stroke.shiftKey ? 1 : 0] ?? null;
}

function isLatin(key: string): boolean {
  return /^[\x20-\x7e]$/.test(key);
}

const RUSSIAN: [string, string][] = [..."QWERTYUIOPASDFGHJKLZXCVBNM"].map((letter, index) => [
  `Key${letter}`,
  "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ"[index] ?? letter,
]);
