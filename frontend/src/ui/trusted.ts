/** The only places where a text becomes more than a text, under our own Trusted Types policy "emptyfeed". */

interface Policy {
  createHTML(html: string): string;
  createScriptURL(address: string): string;
}

const WORKER = "/sw.js";

const rules: Policy = {
  createHTML: (html) => html,
  createScriptURL: (address) => {
    if (address !== WORKER) throw new TypeError(`not a script of ours: ${address}`);
    return address;
  },
};

interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy("emptyfeed", rules) ?? rules;

/** HTML as a tree that belongs to no page: nothing in it loads or runs. Only for reading through a schema. */
export function inert(html: string): HTMLElement {
  return new DOMParser().parseFromString(policy.createHTML(html), "text/html").body;
}

export function workerAddress(): string {
  return policy.createScriptURL(WORKER);
}
