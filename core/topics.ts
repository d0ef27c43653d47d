/** Names of topics and subjects. `prefix` is the option --topic-prefix. */

/** Row changes of one table. */
export const tableTopic = (prefix: string, database: string, table: string): string =>
  `${prefix}.${database}.${table}`;

/** DDL statements, in the order of the stream. */
export const schemaChangeTopic = (prefix: string): string => prefix;

export const alertsTopic = (prefix: string): string => `${prefix}.alerts`;

/** What people did with alerts. */
export const alertAnswersTopic = (prefix: string): string => `${prefix}.alert-answers`;

export const valueSubject = (topic: string): string => `${topic}-value`;
export const keySubject = (topic: string): string => `${topic}-key`;
