import assert from "node:assert/strict";
import { test } from "node:test";
import { _, language, setWords } from "./say.ts";

test("a word is said in the language that was set, or as it is written", () => {
  setWords("ru", { Send: "Отправить", "{name} is writing…": "{name} пишет…" });
  assert.equal(language(), "ru");
  assert.equal(_("Send"), "Отправить");
  assert.equal(_("{name} is writing…", { name: "$& Ann" }), "$& Ann пишет…");
  assert.equal(_("Not there {name}"), "Not there {name}");
  setWords("en", {});
});
