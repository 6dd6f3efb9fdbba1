/** The sprite's address, put in by bundle/icons.ts. */
declare const __ICONS__: string;
