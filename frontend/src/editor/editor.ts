/** The composer's editor: ProseMirror with our schema, loaded when somebody begins to write. */

import { baseKeymap, chainCommands, exitCode, setBlockType, toggleMark, wrapIn, lift } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { DOMParser as Reader, type Node, type Schema, Slice, Fragment } from "prosemirror-model";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { type Command, EditorState, Plugin, Selection, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { inert } from "../ui/trusted.ts";
import { type Form, linkOf, schemaFor } from "./schema.ts";
import { withoutTables } from "./tables.ts";
import { isFormed, mentionsIn, toHtml, toText } from "./serialize.ts";

export interface Written {
  text: string;
  html: string | null;
  mentions: number[];
}

/** A word after @ that is being typed, and where it stands on the screen. */
export interface Asking {
  query: string;
  from: number;
  to: number;
  left: number;
  bottom: number;
}

export interface EditorPorts {
  changed(written: Written): void;
  /** A key, before the editor has it; true when it has been dealt with. */
  key(event: KeyboardEvent): boolean;
  files(files: File[]): void;
  asking(asking: Asking | null): void;
  /** The selection moved: which marks and blocks are on. */
  active(names: ReadonlySet<string>): void;
}

export type FormName = "strong" | "em" | "code" | "bullet_list" | "ordered_list" | "blockquote" | "code_block";

/** The editor as the composer knows it. */
export class Editor {
  private view: EditorView;
  private form: Form;

  constructor(target: HTMLElement, form: Form, attributes: () => Record<string, string>, private readonly ports: EditorPorts) {
    this.form = form;
    this.view = new EditorView(target, {
      state: this.state(schemaFor(form).topNodeType.createAndFill() as Node),
      attributes,
      handleKeyDown: (_view, event) => !event.isComposing && this.ports.key(event),
      transformPastedHTML: withoutTables,
      handlePaste: (view, event) => this.paste(view, event),
      handleDrop: (_view, event) => (event.dataTransfer?.files.length ?? 0) > 0,
      handleDOMEvents: { blur: () => (this.ports.asking(null), false) },
      clipboardTextSerializer: (slice) => toText(schemaFor(this.form).node("doc", null, wrapped(slice, schemaFor(this.form)))),
      dispatchTransaction: (transaction) => {
        const next = this.view.state.apply(transaction);
        this.view.updateState(next);
        if (transaction.docChanged) this.ports.changed(this.written());
        this.tell();
      },
    });
  }

  /** Put a text in place of what is there; the history begins anew. */
  set(content: { text: string; html: string | null }, form: Form = this.form): void {
    this.form = form;
    const schema = schemaFor(form);
    const doc = content.html !== null && form !== "none" ? readHtml(content.html, schema) : readText(content.text, schema);
    this.view.updateState(this.state(doc));
    this.tell();
  }

  focus(where: "end" | "stay" = "stay"): void {
    if (where === "end") this.view.dispatch(this.view.state.tr.setSelection(Selection.atEnd(this.view.state.doc)));
    this.view.focus();
  }

  get focused(): boolean {
    return this.view.hasFocus();
  }

  written(): Written {
    const { doc } = this.view.state;
    return { text: toText(doc), html: this.form !== "none" && isFormed(doc) ? toHtml(doc) : null, mentions: mentionsIn(doc) };
  }

  insert(text: string): void {
    this.view.dispatch(this.view.state.tr.insertText(text).scrollIntoView());
    this.view.focus();
  }

  /** Replace the word after @ with the colleague. */
  mention(asking: Asking, colleague: { id: number; name: string }): void {
    const { schema, tr } = this.view.state;
    const node = schema.node("mention", { id: colleague.id, name: colleague.name });
    this.view.dispatch(tr.replaceWith(asking.from, asking.to, [node, schema.text(" ")]));
    this.view.focus();
  }

  /** Put what stands before into a quote, with the cursor after it. */
  quote(text: string): void {
    const { schema } = this.view.state;
    const lines = readText(text, schema).content;
    const quoted = schema.nodes["blockquote"]
      ? Fragment.from(schema.nodes["blockquote"].create(null, lines))
      : readText(text.split("\n").map((line) => `> ${line}`).join("\n"), schema).content;
    const after = this.view.state.doc.textContent === "" ? Fragment.empty : this.view.state.doc.content;
    const doc = schema.node("doc", null, quoted.append(Fragment.from(schema.node("paragraph"))).append(after));
    const transaction = this.view.state.tr.replaceWith(0, this.view.state.doc.content.size, doc.content);
    this.view.dispatch(transaction.setSelection(TextSelection.near(transaction.doc.resolve(quoted.size + 1))).scrollIntoView());
    this.view.focus();
  }

  apply(name: FormName): void {
    const command = commandFor(name, this.view.state.schema, this.names());
    command?.(this.view.state, this.view.dispatch);
    this.view.focus();
  }

  /** Link the selection, or unlink it with null. Answers false for an address that is none. */
  link(typed: string | null): boolean {
    const { state } = this.view;
    const type = state.schema.marks["link"];
    if (!type) return false;
    const { from, to, empty } = state.selection;
    if (typed === null) {
      this.view.dispatch(state.tr.removeMark(from, to, type));
      return true;
    }
    const attrs = linkOf(typed);
    if (!attrs) return false;
    const transaction = empty
      ? state.tr.replaceSelectionWith(state.schema.text(typed, [type.create(attrs)]), false)
      : state.tr.addMark(from, to, type.create(attrs));
    this.view.dispatch(transaction.removeStoredMark(type));
    this.view.focus();
    return true;
  }

  /** Draw the attributes (label, placeholder) anew. */
  refresh(): void {
    this.view.setProps({});
  }

  destroy(): void {
    this.view.destroy();
  }

  private state(doc: Node): EditorState {
    return EditorState.create({ doc, selection: Selection.atEnd(doc), plugins: pluginsFor(doc.type.schema) });
  }

  private tell(): void {
    this.ports.active(this.names());
    this.ports.asking(this.asking());
  }

  private asking(): Asking | null {
    const { selection } = this.view.state;
    if (!selection.empty || !this.view.hasFocus()) return null;
    const { $from } = selection;
    const before = $from.parent.textBetween(Math.max(0, $from.parentOffset - 40), $from.parentOffset, "\n", "￼");
    const found = /(?:^|[\s(￼])@([\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]*)?)$/u.exec(before);
    if (!found) return null;
    const from = $from.pos - (found[1] ?? "").length - 1;
    const at = this.view.coordsAtPos(from);
    return { query: found[1] ?? "", from, to: $from.pos, left: at.left, bottom: at.bottom };
  }

  private names(): ReadonlySet<string> {
    const { state } = this.view;
    const names = new Set<string>();
    const { $from, from, to, empty } = state.selection;
    for (const [name, type] of Object.entries(state.schema.marks)) {
      const on = empty ? type.isInSet(state.storedMarks ?? $from.marks()) : state.doc.rangeHasMark(from, to, type);
      if (on) names.add(name);
    }
    for (let depth = $from.depth; depth > 0; depth -= 1) names.add($from.node(depth).type.name);
    return names;
  }

  private paste(view: EditorView, event: ClipboardEvent): boolean {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0 && !event.clipboardData?.types.includes("text/plain")) {
      this.ports.files(files);
      return true;
    }
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!view.state.selection.empty && /^https?:\/\/\S+$/.test(text)) return this.link(text);
    return false;
  }
}

const plugins = new Map<Schema, Plugin[]>();

/** The very same plugins for another text of a form: with new ones the whole view would be made anew. */
function pluginsFor(schema: Schema): Plugin[] {
  let made = plugins.get(schema);
  if (!made) plugins.set(schema, (made = [rules(schema), keymap(keys(schema)), keymap(baseKeymap), history(), emptiness()]));
  return made;
}

/** Typing Markdown's signs makes form, where the channel has it. */
function rules(schema: Schema): Plugin {
  const { bullet_list: bullets, ordered_list: numbers, blockquote, code_block: code } = schema.nodes;
  const made: InputRule[] = [];
  if (bullets) made.push(wrappingInputRule(/^\s*([-*•])\s$/, bullets));
  if (numbers) made.push(wrappingInputRule(/^(\d+)[.)]\s$/, numbers, (found) => ({ order: Number(found[1]) })));
  if (blockquote) made.push(wrappingInputRule(/^\s*>\s$/, blockquote));
  if (code) made.push(textblockTypeInputRule(/^```$/, code));
  return inputRules({ rules: made });
}

function keys(schema: Schema): Record<string, Command> {
  const { list_item: item, code_block: code, hard_break: line } = schema.nodes;
  const { strong, em, code: inlineCode } = schema.marks;
  const found: Record<string, Command> = { "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo };
  if (strong) found["Mod-b"] = toggleMark(strong);
  if (em) found["Mod-i"] = toggleMark(em);
  if (inlineCode) found["Mod-e"] = toggleMark(inlineCode);
  if (item) {
    found["Enter"] = splitListItem(item);
    found["Tab"] = sinkListItem(item);
    found["Shift-Tab"] = liftListItem(item);
  }
  if (line) {
    const breaking: Command = (state, dispatch) => {
      dispatch?.(state.tr.replaceSelectionWith(line.create()).scrollIntoView());
      return true;
    };
    found["Shift-Enter"] = code ? chainCommands(exitCode, breaking) : breaking;
  }
  return found;
}

function commandFor(name: FormName, schema: Schema, on: ReadonlySet<string>): Command | null {
  const mark = schema.marks[name];
  if (mark) return toggleMark(mark);
  const type = schema.nodes[name];
  if (!type) return null;
  if (name === "code_block") return setBlockType(on.has(name) && schema.nodes["paragraph"] ? schema.nodes["paragraph"] : type);
  if (name === "blockquote") return on.has(name) ? lift : wrapIn(type);
  const item = schema.nodes["list_item"];
  return on.has(name) && item ? liftListItem(item) : wrapInList(type);
}

/** Marks an empty document, so that CSS can show the placeholder. */
function emptiness(): Plugin {
  const isEmpty = (doc: Node) => doc.childCount === 1 && doc.firstChild?.isTextblock === true && doc.firstChild.content.size === 0;
  return new Plugin({
    view: (view) => {
      const mark = () => view.dom.classList.toggle("empty", isEmpty(view.state.doc));
      mark();
      return { update: mark };
    },
  });
}

function readText(text: string, schema: Schema): Node {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  return schema.node("doc", null, lines.map((line) => schema.node("paragraph", null, line ? [schema.text(line)] : [])));
}

function readHtml(html: string, schema: Schema): Node {
  return Reader.fromSchema(schema).parse(inert(html));
}

function wrapped(slice: Slice, schema: Schema): Fragment {
  const first = slice.content.firstChild;
  return first?.isInline ? Fragment.from(schema.node("paragraph", null, slice.content)) : slice.content;
}
