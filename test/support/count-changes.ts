/** Counts row changes in a server's binlog with zongji alone: an independent figure to hold ours against. */
import ZongJi from '@vlasky/zongji';

export interface ServerAddress {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export type ChangeCounts = ReadonlyMap<
  string,
  { readonly c: number; readonly u: number; readonly d: number }
>;

interface CountedEvent {
  getEventName(): string;
  /** Of the transaction that the event is of, as the server writes it. */
  readonly gtid?: string;
  readonly rows?: readonly unknown[];
  readonly tableId?: number;
  readonly tableMap?: Readonly<Record<number, { readonly parentSchema: string; readonly tableName: string }>>;
}

const OPERATIONS: Readonly<Record<string, 'c' | 'u' | 'd'>> = {
  writerows: 'c',
  updaterows: 'u',
  deleterows: 'd',
};

/** Rows changed in `database` after the GTID position `from` and up to `to`, by table and operation. */
export async function countChanges(
  server: ServerAddress,
  range: { readonly database: string; readonly from: string; readonly to: string },
): Promise<ChangeCounts> {
  const counts = new Map<string, { c: number; u: number; d: number }>();
  const reader = new ZongJi({ host: '127.0.0.1', ...server });
  try {
    await new Promise<void>((resolve, reject) => {
      reader.on('error', reject);
      reader.on('binlog', (raw: unknown) => {
        const event = raw as CountedEvent;
        const operation = OPERATIONS[event.getEventName()];
        if (operation && event.rows) {
          const table = event.tableMap![event.tableId!]!.tableName;
          const count = counts.get(table) ?? { c: 0, u: 0, d: 0 };
          count[operation] += event.rows.length;
          counts.set(table, count);
        }
        // zongji counts a DDL statement as passed when another transaction follows; it has one event that says what it does.
        const isLastStatement = event.getEventName() === 'query' && event.gtid === range.to;
        if (isLastStatement || reader.gtidSet === range.to) resolve();
      });
      reader.start({ serverId: 999_999_937, gtidSet: range.from, includeSchema: { [range.database]: true } });
    });
  } finally {
    reader.stop();
  }
  return counts;
}
