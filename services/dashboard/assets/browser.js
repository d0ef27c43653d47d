/** What the browser offers, named once: everything else here is ours. */
export const { document, window } = globalThis;
