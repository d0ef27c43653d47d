/** Quoting for the statements of ClickHouse that are generated. Values go as parameters wherever that is possible. */

/** A name of a database, table, column or field. */
export const quoteName = (name: string): string => `\`${name.replace(/\\/g, '\\\\').replace(/`/g, '\\`')}\``;

/** A text literal. */
export const quoteText = (text: string): string => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;

/** `database.table`, quoted. */
export const quoteTable = (database: string, table: string): string =>
  `${quoteName(database)}.${quoteName(table)}`;
