/** The source: each thing that capture needs of it, with what was found; and the least that its user must be granted. */
import { asDolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Options } from '../options.ts';
import type { Composition, PreflightReport } from '../runtime.ts';
import { describeSource } from '../source-address.ts';
import { type Check, fail, pass, warn } from './check.ts';

export async function checkSource(
  options: Options,
  composition: Pick<Composition, 'checkSource'>,
  logger: Logger,
): Promise<Check[]> {
  if (options.source === null) {
    return [
      warn(
        'source',
        'address',
        'no source is named',
        'Add --source mysql://user@host:3306/database, or DOLIBARR_DB_HOST',
      ),
    ];
  }
  const address = describeSource(options.source);
  try {
    const report = await composition.checkSource(options, logger);
    return [pass('source', 'address', `${address} answers (${report.server})`), ...listChecks(report)];
  } catch (error) {
    const { message, fix } = asDolistreamError(error, 'INTERNAL');
    return [fail('source', 'address', message, fix ?? 'See docs/05-operations.md')];
  }
}

/** What was found well is told by its value, what was not by what is wrong with it. */
function listChecks({ facts = [], problems }: PreflightReport): Check[] {
  const wrong = problems.map(({ severity, check, found, fix }) =>
    severity === 'error' ? fail('source', check, found, fix) : warn('source', check, found, fix),
  );
  const well = facts
    .filter(({ check }) => !problems.some((problem) => problem.check === check))
    .map(({ check, value, advice }) =>
      advice === null
        ? pass('source', check, value)
        : warn(
            'source',
            check,
            `more than is needed: ${advice}`,
            'Use a user of its own, by the statements below',
          ),
    );
  return [...well, ...wrong];
}

const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const quoteText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** The least that the capture user needs: to read the binlog, its position, and the tables. Nothing that writes. */
export function leastPrivilegeSql({ source }: Pick<Options, 'source'>, isMysql = false): readonly string[] {
  const user = `${quoteText(source?.user ?? 'dolistream')}@'%'`;
  const database = source?.database ?? 'dolibarr';
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '…';`,
    `GRANT REPLICATION SLAVE, ${isMysql ? 'REPLICATION CLIENT' : 'BINLOG MONITOR'} ON *.* TO ${user};`,
    `GRANT SELECT ON ${quoteName(database)}.* TO ${user};`,
  ];
}
