import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { readRunRecord } from '../../data-dir.ts';
import { runDoctor } from '../../doctor/run-doctor.ts';
import { connectHttpRuntime } from '../../http-runtime.ts';
import { openLog } from '../../logger.ts';
import type { Options } from '../../options.ts';
import { secretsOf } from '../../resolve-options.ts';
import { collectBundle } from '../../support/collect-bundle.ts';
import { printJson, printLine, say } from '../cli-io.ts';
import type { Command } from '../command.ts';

export const supportBundleCommand: Command = {
  name: 'support-bundle',
  summary:
    'Write one archive for whoever helps: checks, state, versions, logs. No secret, no row of Dolibarr is in it.',
  operands: [],
  examples: ['support-bundle', 'support-bundle --output /tmp/dolistream.tar.gz'],
  run: async ({ options, io, loadComposition }) => {
    const secrets = secretsOf(options);
    const log = openLog({ level: 'error', folder: null, terminal: null, secrets, clock: systemClock });
    const doctor = await runDoctor(options, await loadComposition(), log.logger);
    const nowMs = systemClock.now();
    const { archive, files } = await collectBundle({
      options,
      secrets,
      doctor,
      nowMs,
      client: clientOf(options),
    });
    const path = resolve(options.output ?? `dolistream-support-${stamp(nowMs)}.tar.gz`);
    save(path, archive);
    if (options.json) printJson(io, { path, bytes: archive.length, files });
    else {
      printLine(io, path);
      say(
        io,
        `${files.length} files, ${Math.ceil(archive.length / 1024)} KiB. Look at it before you pass it on.`,
      );
    }
    return EXIT.done;
  },
};

const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replaceAll(/[:T]/g, '-');

function clientOf({ data, httpToken }: Options) {
  const record = readRunRecord(data);
  return record && connectHttpRuntime({ baseUrl: record.http, cert: record.cert, token: httpToken });
}

/** For its owner only, and never over another file. */
function save(path: string, archive: Buffer): void {
  try {
    writeFileSync(path, archive, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DolistreamError('CONFIG_INVALID', `${path} cannot be written (${code ?? 'error'})`, {
      fix: 'Name another file with --output FILE.',
      cause: error,
    });
  }
}
