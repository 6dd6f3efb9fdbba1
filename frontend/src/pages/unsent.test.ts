import assert from "node:assert/strict";
import { test } from "node:test";
import { type Field, isChanged, type SomeForm, wouldLose } from "./unsent.ts";

function text(value: string, defaultValue = "", more: Partial<Field> = {}): Field {
  return { type: "text", name: "name", value, defaultValue, ...more };
}

function choice(type: string, selected: boolean[], defaults: boolean[]): Field {
  const options = selected.map((each, index) => ({ selected: each, defaultSelected: defaults[index] ?? false }));
  return { type, name: "kind", value: "", options };
}

function form(elements: Field[], more: Partial<SomeForm> = {}): SomeForm {
  return { method: "post", elements, dataset: {}, querySelector: () => null, ...more };
}

test("a form is changed when one of its fields says something else than it did", () => {
  assert.equal(isChanged(form([text("Max", "Max"), text("Likes tea", "", { type: "textarea", name: "notes" })])), true);
  assert.equal(isChanged(form([text("Max", "Max"), text("tea\n", "tea ", { type: "textarea" })])), false);
  assert.equal(isChanged(form([])), false);
});

test("a tick, a choice and a file are changes too", () => {
  const tick = (checked: boolean, defaultChecked: boolean): Field => text("yes", "yes", { type: "checkbox", checked, defaultChecked });
  assert.equal(isChanged(form([tick(true, false)])), true);
  assert.equal(isChanged(form([tick(true, true)])), false);
  assert.equal(isChanged(form([choice("select-one", [false, true], [true, false])])), true);
  assert.equal(isChanged(form([choice("select-one", [true, false], [false, false])])), false);
  assert.equal(isChanged(form([choice("select-one", [], [])])), false);
  assert.equal(isChanged(form([choice("select-multiple", [true, true], [true, false])])), true);
  assert.equal(isChanged(form([choice("select-multiple", [true, false], [true, false])])), false);
  assert.equal(isChanged(form([text("C:\\fakepath\\logo.png", "", { type: "file" })])), true);
});

test("what nobody typed is no change", () => {
  assert.equal(isChanged(form([text("new", "old", { type: "hidden" })])), false);
  assert.equal(isChanged(form([text("pressed", "", { type: "submit" })])), false);
  assert.equal(isChanged(form([text("#000000", "", { type: "color" }), text("#aabbcc", "#AABBCC", { type: "color" })])), false);
  assert.equal(isChanged(form([text("ann@helpdesk.test", "", { autocomplete: "username" })])), false);
  assert.equal(isChanged(form([text("a sea of calm", "", { type: "password", autocomplete: "current-password" })])), false);
});

test("a search and a field without a name are never asked about", () => {
  assert.equal(isChanged(form([text("Max")], { method: "get" })), false);
  assert.equal(isChanged(form([text("Max", "", { name: "" })])), false);
});

test("a form that the server says it has not kept is changed as it stands", () => {
  assert.equal(isChanged(form([text("Max", "Max")], { dataset: { unsent: "" } })), true);
});

test("a form that was refused is changed unless nothing stands in it", () => {
  const refused = (...fields: Field[]): boolean => isChanged(form(fields, { querySelector: () => ({}) }));
  assert.equal(refused(text("Max", "Max")), true);
  assert.equal(refused(text("yes", "yes", { type: "checkbox", checked: true, defaultChecked: true })), true);
  assert.equal(refused(text("yes", "yes", { type: "checkbox", checked: false, defaultChecked: false })), false);
  assert.equal(refused(text(" ", " "), text("token", "token", { type: "hidden" })), false);
  const signIn = [text("ann@helpdesk.test", "ann@helpdesk.test", { autocomplete: "username" }), text("", "", { type: "password" })];
  assert.equal(refused(...signIn), false);
});

test("only what is typed into another form than the one being sent is lost", () => {
  const card = form([text("Likes tea")]);
  const merge = form([]);
  assert.equal(wouldLose([card, merge]), true);
  assert.equal(wouldLose([card, { ...merge, dataset: { sending: "yes" } }]), true);
  assert.equal(wouldLose([{ ...card, dataset: { sending: "yes" } }, merge]), false);
  assert.equal(wouldLose([{ ...card, dataset: { unsent: "", sending: "yes" } }]), false);
  assert.equal(wouldLose([merge]), false);
});
