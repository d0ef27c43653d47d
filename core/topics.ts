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

/** Records that a loader could not read; each shard of several has a topic of its own. `shard` is null where there is one. */
export const deadLettersTopic = (prefix: string, shard: number | null): string =>
  `${prefix}.dead-letters${shard === null ? '' : `-${shard}`}`;

/** Of a topic of row changes the table; null for others, which have one name behind the prefix, or none. */
export function tableOfTopic(
  prefix: string,
  topic: string,
): { readonly database: string; readonly table: string } | null {
  if (!topic.startsWith(`${prefix}.`)) return null;
  const name = topic.slice(prefix.length + 1);
  const dot = name.indexOf('.');
  return dot < 1 ? null : { database: name.slice(0, dot), table: name.slice(dot + 1) };
}
