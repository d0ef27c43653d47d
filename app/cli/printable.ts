/** Control characters would let a text from the source move the cursor, change colours or forge lines. */
const CONTROLS = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** Text from outside, safe to print on one line of a terminal. */
export const makePrintable = (text: string): string => text.replace(CONTROLS, ' ');
