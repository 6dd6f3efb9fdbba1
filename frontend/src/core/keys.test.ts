import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, isSingle, Keys, type KeySettings, type Stroke, written } from "./keys.ts";

let here = true;

function command(id: string, keys: string[], more: Partial<Command> = {}): Command {
  return { id, title: id, group: "Dialog", keys, run: () => {}, ...more };
}

const TABLE = [
  command("done", ["e"]), command("done_stay", ["shift+e"]), command("next", ["j", "arrowdown"], { repeats: true }),
  command("undo", ["z"]), command("search", ["/"]), command("help", ["?"]), command("order", ["$"]),
  command("palette", ["mod+k"], { inFields: true }), command("send", ["mod+enter"], { inFields: true }),
  command("go_feed", ["g f"]), command("go_mine", ["g m"]), command("mine_only", ["m"]), command("fold", ["["]),
  command("task", ["t"], { when: () => here }),
];

function setUp(change: Partial<KeySettings> = {}) {
  const settings: KeySettings = { singleKeys: true, chosen: {}, mac: false, ...change };
  return new Keys(() => TABLE, () => settings);
}

function stroke(key: string, code: string, change: Partial<Stroke> = {}): Stroke {
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...change };
}

function id(keys: Keys, pressed: Stroke, place: "page" | "field" | "menu" = "page", now = 0): string | null {
  return keys.find(pressed, place, now)?.id ?? null;
}

test("a Latin letter is what it types, wherever it stands", () => {
  assert.equal(id(setUp(), stroke("e", "KeyE")), "done");
  assert.equal(id(setUp(), stroke("e", "KeyD")), "done", "Dvorak types e where QWERTY has d");
  assert.equal(id(setUp(), stroke("z", "KeyW")), "undo", "AZERTY types z where QWERTY has w");
});

test("a Cyrillic letter is the key it stands on", () => {
  assert.equal(id(setUp(), stroke("у", "KeyE")), "done");
  assert.equal(id(setUp(), stroke("У", "KeyE", { shiftKey: true })), "done_stay");
  assert.equal(id(setUp(), stroke("о", "KeyJ")), "next");
});

test("a letter that goes on no sequence is swallowed, a key that is no letter is not", () => {
  const keys = setUp();
  const g = stroke("g", "KeyG");
  assert.equal(id(keys, g, "page", 0), null);
  assert.equal(id(keys, stroke("e", "KeyE"), "page", 500), null);
  assert.equal(id(keys, stroke("e", "KeyE"), "page", 900), "done");
  id(keys, g, "page", 2000);
  assert.equal(id(keys, stroke("k", "KeyK", { ctrlKey: true }), "page", 2100), "palette");
  id(keys, g, "page", 4000);
  id(keys, g, "page", 4100);
  assert.equal(id(keys, stroke("f", "KeyF"), "page", 4200), "go_feed");
});

test("Greek and Hebrew letters work the same way", () => {
  assert.equal(id(setUp(), stroke("ε", "KeyE")), "done");
  assert.equal(id(setUp(), stroke("ק", "KeyE")), "done");
});

test("signs are found where a Russian keyboard has them and where an American one has", () => {
  const keys = setUp();
  assert.equal(id(keys, stroke("/", "Backslash", { shiftKey: true })), "search");
  assert.equal(id(keys, stroke("?", "Digit7", { shiftKey: true })), "help");
  assert.equal(id(keys, stroke("у", "KeyE")), "done");
  assert.equal(id(keys, stroke(".", "Slash")), "search");
  assert.equal(id(keys, stroke(",", "Slash", { shiftKey: true })), "help");
  assert.equal(id(keys, stroke(";", "Digit4", { shiftKey: true })), "order");
  assert.equal(id(keys, stroke("х", "BracketLeft")), "fold");
});

test("on a Latin layout a full stop is no search", () => {
  assert.equal(id(setUp(), stroke(".", "Slash")), null);
});

test("letters never fire with Ctrl, Alt or ⌘", () => {
  for (const held of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }]) {
    assert.equal(id(setUp(), stroke("e", "KeyE", held)), null);
  }
});

test("Ctrl+K is Ctrl+Л too, and ⌘K on a Mac", () => {
  assert.equal(id(setUp(), stroke("k", "KeyK", { ctrlKey: true })), "palette");
  assert.equal(id(setUp(), stroke("л", "KeyK", { ctrlKey: true })), "palette");
  assert.equal(id(setUp({ mac: true }), stroke("k", "KeyK", { metaKey: true })), "palette");
  assert.equal(id(setUp({ mac: true }), stroke("k", "KeyK", { ctrlKey: true })), null);
});

test("in a text field only what is meant for it works", () => {
  assert.equal(id(setUp(), stroke("e", "KeyE"), "field"), null);
  assert.equal(id(setUp(), stroke("Enter", "Enter", { ctrlKey: true }), "field"), "send");
});

test("menus and dialogs keep their keys", () => {
  assert.equal(id(setUp(), stroke("e", "KeyE"), "menu"), null);
  assert.equal(id(setUp(), stroke("k", "KeyK", { ctrlKey: true }), "menu"), null);
});

test("nothing fires while a word is being composed", () => {
  assert.equal(id(setUp(), stroke("e", "KeyE", { isComposing: true })), null);
  assert.equal(id(setUp(), stroke("Process", "KeyE", { keyCode: 229 })), null);
});

test("G then a letter goes places, if it comes soon", () => {
  const keys = setUp();
  assert.equal(id(keys, stroke("g", "KeyG"), "page", 0), null);
  assert.equal(id(keys, stroke("f", "KeyF"), "page", 500), "go_feed");
  assert.equal(id(keys, stroke("п", "KeyG"), "page", 1000), null);
  assert.equal(id(keys, stroke("ь", "KeyM"), "page", 1500), "go_mine");
  assert.equal(id(keys, stroke("g", "KeyG"), "page", 5000), null);
  assert.equal(id(keys, stroke("m", "KeyM"), "page", 9000), "mine_only");
});

test("holding a key down repeats moving, not acting", () => {
  assert.equal(id(setUp(), stroke("j", "KeyJ", { repeat: true })), "next");
  assert.equal(id(setUp(), stroke("e", "KeyE", { repeat: true })), null);
});

test("single keys can be switched off; the others stay", () => {
  const keys = setUp({ singleKeys: false });
  assert.equal(id(keys, stroke("e", "KeyE")), null);
  assert.equal(id(keys, stroke("?", "Slash", { shiftKey: true })), null);
  assert.equal(id(keys, stroke("g", "KeyG")), null);
  assert.equal(id(keys, stroke("k", "KeyK", { ctrlKey: true })), "palette");
  assert.equal(id(keys, stroke("ArrowDown", "ArrowDown")), "next");
});

test("a key can be chosen anew or taken away", () => {
  const keys = setUp({ chosen: { done: "d", undo: "" } });
  assert.equal(id(keys, stroke("d", "KeyD")), "done");
  assert.equal(id(keys, stroke("e", "KeyE")), null);
  assert.equal(id(keys, stroke("z", "KeyZ")), null);
  assert.equal(keys.clash("d", "undo")?.id, "done");
  assert.equal(keys.clash("q", "undo"), null);
});

test("a command that does not apply here does not fire", () => {
  here = false;
  assert.equal(id(setUp(), stroke("t", "KeyT")), null);
  here = true;
  assert.equal(id(setUp(), stroke("t", "KeyT")), "task");
});

test("helps are drawn with the letters of the keyboard in use", () => {
  const keys = setUp();
  assert.equal(keys.hint(TABLE[0] as Command), "E");
  id(keys, stroke("о", "KeyJ"));
  assert.equal(keys.hint(TABLE[0] as Command), "У");
  assert.deepEqual(keys.draw("g f"), ["П", "А"]);
  assert.deepEqual(keys.draw("mod+enter"), ["Ctrl", "Enter"]);
  id(keys, stroke("j", "KeyJ"));
  assert.equal(keys.hint(TABLE[0] as Command), "E");
});

test("a pressed key is written as the table writes it", () => {
  assert.equal(written(stroke("У", "KeyE", { shiftKey: true }), false), "shift+e");
  assert.equal(written(stroke("?", "Slash", { shiftKey: true }), false), "?");
  assert.equal(written(stroke("Shift", "ShiftLeft", { shiftKey: true }), false), null);
  assert.equal(written(stroke("Enter", "Enter", { ctrlKey: true }), false), "mod+enter");
});

test("what counts as a single key", () => {
  assert.deepEqual(["e", "shift+e", "?", "g f"].map(isSingle), [true, true, true, true]);
  assert.deepEqual(["mod+k", "alt+enter", "escape", "arrowdown"].map(isSingle), [false, false, false, false]);
});
