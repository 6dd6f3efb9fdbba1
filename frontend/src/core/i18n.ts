/** Words in the reader's language: gettext's calls over a JSON catalogue. */

interface Catalogue {
  language: string;
  /** The language's plural categories, in the order of a message's forms. */
  forms: string[];
  messages: Record<string, string | string[]>;
}

type Values = Record<string, string | number>;

let catalogue: Catalogue = { language: "en", forms: ["one", "other"], messages: {} };
let plural = new Intl.PluralRules("en");

/** From now on, speak this language. Without a translation the English source is said. */
export function setCatalogue(next: Catalogue): void {
  catalogue = next;
  plural = new Intl.PluralRules(next.language);
}

export function language(): string {
  return catalogue.language;
}

/** The translation, with {name} filled in from `values`. */
export function _(message: string, values?: Values): string {
  return fill(single(catalogue.messages[message]) ?? message, values);
}

/** As `_`, where one English text has several meanings. */
export function pgettext(context: string, message: string, values?: Values): string {
  return fill(single(catalogue.messages[`${context}\u0004${message}`]) ?? message, values);
}

/** The form that goes with `count`; {count} is filled in by itself, as the reader writes numbers. */
export function ngettext(one: string, many: string, count: number, values?: Values): string {
  const all = { count: new Intl.NumberFormat(catalogue.language).format(count), ...values };
  const forms = catalogue.messages[one];
  if (!Array.isArray(forms)) return fill(count === 1 ? one : many, all);
  const index = catalogue.forms.indexOf(plural.select(count));
  return fill(forms[index] ?? forms.at(-1) ?? many, all);
}

function single(found: string | string[] | undefined): string | undefined {
  return Array.isArray(found) ? found[0] : found;
}

function fill(text: string, values?: Values): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
