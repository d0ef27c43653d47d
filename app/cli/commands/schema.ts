import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { queryRows } from '../../query-rows.ts';
import { type ColumnChange, readSchemaHistory, type SchemaEntry } from '../../schema-history.ts';
import { type CliIo, printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { makePrintable } from '../printable.ts';

export const schemaCommand: Command = {
  name: 'schema',
  summary: 'Show the shapes that a table has had: from which place on each, and what it changed.',
  operands: ['TABLE'],
  examples: ['schema llx_societe', 'schema dolibarr.llx_ticket --json'],
  run: async ({ options, operands, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const { client } = connection;
    const history = await readSchemaHistory(
      {
        versions: (subject) => client.schemaVersions(subject),
        rows: (sql) => queryRows(client, sql, signal),
      },
      operands[0]!,
      { prefix: options.topicPrefix, database: options.source?.database ?? null },
    );
    if (options.json) printJson(io, history);
    else for (const entry of history.entries) printEntry(io, entry);
    return EXIT.done;
  },
};

function printEntry(io: CliIo, { version, from, columns, key, changes }: SchemaEntry): void {
  const place =
    from === null ? 'no row yet' : `${from.at}  ${from.gtid || '-'}  ${from.place}  seq ${from.seq}`;
  const keyText = key.length === 0 ? 'no key' : `key ${key.join(', ')}`;
  printLine(io, makePrintable(`v${String(version).padEnd(4)} ${place}  ${columns} columns, ${keyText}`));
  for (const change of changes) printLine(io, makePrintable(`      ${describeChange(change)}`));
}

function describeChange({ kind, column, before, after }: ColumnChange): string {
  switch (kind) {
    case 'added':
      return `+ ${column} ${after}`;
    case 'dropped':
      return `- ${column} ${before}`;
    case 'renamed':
      return `~ ${before} -> ${after} (renamed, it seems)`;
    case 'type':
      return `~ ${column} ${before} -> ${after}`;
    case 'key':
      return `~ key (${before}) -> (${after})`;
  }
}
