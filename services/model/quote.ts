/** A name of a database, table or column in ClickHouse's SQL. */
export const quoteName = (name: string): string => `\`${name.replace(/\\/g, '\\\\').replace(/`/g, '\\`')}\``;

/** A text literal in ClickHouse's SQL. */
export const quoteText = (text: string): string => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;

/** `database.table`, quoted. */
export const quoteTable = (database: string, table: string): string =>
  `${quoteName(database)}.${quoteName(table)}`;
