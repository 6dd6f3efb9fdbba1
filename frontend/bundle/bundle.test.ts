import assert from "node:assert/strict";
import { test } from "node:test";
import { weigh } from "./budget.ts";
import { browserCatalogue, numbered, parsePo, widgetWords } from "./catalogues.ts";
import { sprite } from "./icons.ts";

const PO = `# comment
msgid ""
msgstr ""
"Language: ru\\n"

#: app/views.py
msgid "Server only"
msgstr "Только сервер"

#: frontend/src/inbox/Rail.svelte frontend/src/inbox/App.svelte
msgid "Say \\"hi\\"\\n"
msgstr ""
"Скажи "
"«привет»\\n"

#: app/views.py frontend/src/core/format.ts
msgid "{count} dialog"
msgid_plural "{count} dialogs"
msgstr[0] "{count} диалог"
msgstr[1] "{count} диалога"
msgstr[2] "{count} диалогов"

#: frontend/src/widget/frame.ts templates/settings/card.html
msgid "We are here"
msgstr "Мы на связи"

#: frontend/src/inbox/Rail.svelte frontend/src/widget/composer.ts
msgid "Attach"
msgstr ""

#: frontend/src/inbox/Rail.svelte
msgctxt "view"
msgid "Open"
msgstr "Открытые"

#: frontend/src/inbox/Rail.svelte
msgid "Not yet"
msgstr ""

#, fuzzy
#: frontend/src/inbox/Rail.svelte
msgid "Guess"
msgstr "Догадка"

#~ msgid "Gone"
#~ msgstr "Нет"
`;

test("the browser gets the words it uses, and only those that are translated", () => {
  assert.deepEqual(browserCatalogue("ru", PO), {
    language: "ru",
    forms: ["one", "few", "many"],
    messages: {
      'Say "hi"\n': "Скажи «привет»\n",
      "{count} dialog": ["{count} диалог", "{count} диалога", "{count} диалогов"],
      "view\u0004Open": "Открытые",
    },
  });
});

test("the widget's words travel apart, as a list in the order of the English ones", () => {
  assert.deepEqual(widgetWords(PO), ["Attach", "Мы на связи"]);
  const place = Number(numbered("Sent"));
  assert.ok(place >= 0);
  assert.equal(numbered("Nobody says this."), '"Nobody says this."');
});

test("obsolete entries are no entries", () => {
  assert.ok(!parsePo(PO).some((entry) => entry.id === "Gone"));
});

test("the sprite has one symbol per icon and no size or colour of its own", () => {
  const svg = sprite(["inbox", "check"]);
  assert.equal(svg.match(/<symbol /g)?.length, 2);
  assert.match(svg, /<symbol id="inbox" viewBox="0 0 24 24">/);
  assert.doesNotMatch(svg, /stroke="|width="24"|license/);
});

test("a chunk that two others need is weighed once", () => {
  const manifest = {
    "src/inbox/main.ts": { file: "inbox.js", imports: ["shared"], css: ["a.css"] },
    shared: { file: "shared.js", imports: ["src/inbox/main.ts"], css: ["a.css", "b.css"] },
    "node_modules/socket.io-client/index.js": { file: "socket.js", imports: ["shared"] },
    "src/editor/editor.ts": { file: "editor.js", imports: ["shared"] },
    "src/pages/main.ts": { file: "pages.js", imports: ["shared"] },
    "src/widget/frame.ts": { file: "frame.js" },
    "src/widget/frame.css": { file: "frame.css" },
  };
  const weights = Object.fromEntries(weigh(manifest, (file) => ({ "inbox.js": 50, "shared.js": 20, "socket.js": 13, "editor.js": 66 })[file] ?? 1, 67).map(({ what, is }) => [what, is]));
  assert.equal(weights["inbox, scripts at start"], 83);
  assert.equal(weights["editor, on focus"], 66);
  assert.equal(weights["inbox, styles"], 2);
  assert.equal(weights["widget, opened"], 2);
});
