/** The limit that our figures are held against: zongji reading the same binlog and doing nothing with it. */
import ZongJi from '@vlasky/zongji';

export interface DecodeResult {
  readonly rows: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

interface RowsEvent {
  readonly rows?: readonly unknown[];
}

/** Rows a second from the first row to the last of `rows` rows after the GTID position `from`. */
export async function measureBareDecode(
  server: { readonly host: string; readonly port: number; readonly user: string; readonly password: string },
  range: { readonly from: string; readonly rows: number; readonly database: string },
): Promise<DecodeResult> {
  const reader = new ZongJi({ ...server, dateStrings: true });
  let rows = 0;
  let startedAt = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      reader.on('error', reject);
      reader.on('binlog', (event: unknown) => {
        const count = (event as RowsEvent).rows?.length ?? 0;
        if (count === 0) return;
        if (rows === 0) startedAt = performance.now();
        rows += count;
        if (rows >= range.rows) resolve();
      });
      reader.start({
        serverId: 999_999_938,
        gtidSet: range.from,
        includeEvents: ['tablemap', 'writerows', 'updaterows', 'deleterows'],
        includeSchema: { [range.database]: ['llx_ticket'] },
      });
    });
  } finally {
    reader.stop();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { rows, seconds, rowsPerSecond: Math.round(rows / seconds) };
}
