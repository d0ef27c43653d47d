import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DolistreamError } from '../../core/errors.ts';
import { findMistypedNames, type OptionInput, resolveOptions, secretsOf } from '../../app/resolve-options.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const resolve = (input: Partial<OptionInput>): ReturnType<typeof resolveOptions> =>
  resolveOptions({ command: 'up', flags: {}, env: {}, cwd: '/nowhere', ...input });

function failureOf(input: Partial<OptionInput>): DolistreamError {
  try {
    resolve(input);
  } catch (error) {
    assert.ok(error instanceof DolistreamError);
    return error;
  }
  return assert.fail('the options were accepted');
}

void describe('options', () => {
  void it('have the defaults of the table and of the original product', () => {
    const options = resolve({});
    assert.equal(options.data, '/nowhere/dolistream-data');
    assert.deepEqual(options.http, { host: '127.0.0.1', port: 8686 });
    assert.equal(options.warehouseDatabase, 'dolibarr_warehouse');
    assert.equal(options.modelRetentionDays, 90);
    assert.equal(options.analyticsCacheHours, 6);
    assert.equal(options.timeZone, 'Europe/Paris');
    assert.equal(options.locale, 'fr');
    assert.equal(options.source, null);
  });

  void it('come from the flag before the environment, before the .env file, before the default', () => {
    using folder = makeTemporaryFolder();
    const lines = ['DOLISTREAM_TOPIC_PREFIX=file', 'DOLISTREAM_HTTP=127.0.0.1:1', 'DOLISTREAM_LOCALE="en"'];
    writeFileSync(join(folder.path, '.env'), lines.join('\n'));
    const env = { DOLISTREAM_TOPIC_PREFIX: 'environment', DOLISTREAM_HTTP: '127.0.0.1:2' };
    const options = resolve({ cwd: folder.path, env, flags: { topicPrefix: 'flag' } });
    assert.equal(options.topicPrefix, 'flag');
    assert.equal(options.http.port, 2);
    assert.equal(options.locale, 'en');
    assert.equal(options.logLevel, 'info');
  });

  void it("accept the original's names", () => {
    const env = {
      DOLIBARR_DB_HOST: 'erp',
      DOLIBARR_DB_NAME: 'doli',
      DOLIBARR_DB_USER: 'u',
      DOLIBARR_DB_PASSWORD: 'p w',
      WAREHOUSE_DB_NAME: 'wh',
      WAREHOUSE_DB_USER: 'bi',
      ML_MODEL_RETENTION_DAYS: '30',
      ANALYTICS_CACHE_HOURS: '1.5',
      DOLIBARR_TIMEZONE: 'UTC',
      LOCALE: 'en_GB.UTF-8',
    };
    const options = resolve({ env });
    assert.deepEqual(options.source, {
      host: 'erp',
      port: 3306,
      user: 'u',
      password: 'p w',
      database: 'doli',
    });
    assert.equal(options.warehouseDatabase, 'wh');
    assert.equal(options.warehouseUser, 'bi');
    assert.equal(options.modelRetentionDays, 30);
    assert.equal(options.analyticsCacheHours, 1.5);
    assert.equal(options.timeZone, 'UTC');
    assert.equal(options.locale, 'en');
  });

  void it('report everything that is wrong at once, with option, names, value and what is expected', () => {
    const error = failureOf({
      flags: { lakeRollSeconds: '0', serverId: 'x' },
      env: { DOLIBARR_TIMEZONE: 'Mars', DOLISTREAM_LOG_LEVEL: 'loud' },
    });
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /4 options are wrong/);
    assert.match(error.message, /--lake-roll-seconds \(DOLISTREAM_LAKE_ROLL_SECONDS\): "0" .*1 to 86400/);
    assert.match(error.message, /--server-id .*"x"/);
    assert.match(
      error.message,
      /DOLIBARR_TIMEZONE \(--time-zone, DOLISTREAM_TIME_ZONE\): "Mars".*Europe\/Paris/,
    );
    assert.match(error.message, /DOLISTREAM_LOG_LEVEL .*"loud".*debug, info, warn, error/);
  });

  void it('never repeat the value of a secret', () => {
    const error = failureOf({
      flags: { source: 'mysql//u:hunter22@h', webhookUrl: 'ftp://hooks.example/T00/hunter22' },
      env: { DOLISTREAM_HTTP_TOKEN: 'hunter22' },
    });
    assert.match(error.message, /3 options are wrong/);
    assert.doesNotMatch(error.message, /hunter22/);
  });

  void it('ignore a variable that is set to nothing, as compose files leave them', () => {
    assert.equal(resolve({ env: { DOLISTREAM_HTTP: '', LOCALE: '' } }).http.port, 8686);
  });

  void it('are checked only for the command that takes them', () => {
    assert.doesNotThrow(() => resolve({ command: 'query', env: { DOLISTREAM_HTTP: 'nonsense' } }));
    assert.throws(() => resolve({ command: 'up', env: { DOLISTREAM_HTTP: 'nonsense' } }));
  });

  void it('listen beyond this machine only with a token', () => {
    assert.match(failureOf({ flags: { http: '0.0.0.0:8686' } }).message, /DOLISTREAM_HTTP_TOKEN/);
    const env = { DOLISTREAM_HTTP_TOKEN: 'a-long-enough-token' };
    assert.equal(resolve({ flags: { http: '0.0.0.0:8686' }, env }).http.host, '0.0.0.0');
    for (const http of ['localhost:1', '[::1]:1', '127.9.9.9:1'])
      assert.doesNotThrow(() => resolve({ flags: { http } }));
  });

  void it('name a mistyped variable in the .env file with the nearest known one', () => {
    using folder = makeTemporaryFolder();
    writeFileSync(join(folder.path, 'prod.env'), 'DOLISTREAM_SOURSE=mysql://u@h/d\nPATH=/bin\n');
    const error = failureOf({ cwd: folder.path, flags: { envFile: 'prod.env' } });
    assert.match(
      error.message,
      /DOLISTREAM_SOURSE in .*prod\.env is not known; did you mean DOLISTREAM_SOURCE\?/,
    );
  });

  void it('say so when the named .env file is not there, and nothing when the default one is not', () => {
    assert.match(
      failureOf({ env: { DOLISTREAM_ENV_FILE: 'gone.env' } }).message,
      /gone\.env cannot be read \(ENOENT\)/,
    );
    assert.doesNotThrow(() => resolve({}));
  });

  void it('give a hint for a near miss in the environment, but leave alone what others put there', () => {
    const env = { DOLISTREAM_TOPIC_PREFX: 'x', DOLISTREAM_SERVICE_HOST: '10.0.0.1', HOME: '/root' };
    assert.deepEqual(findMistypedNames(env), [
      'DOLISTREAM_TOPIC_PREFX is not known; did you mean DOLISTREAM_TOPIC_PREFIX?',
    ]);
  });

  void it('list the secrets to hide', () => {
    const flags = { source: 'mysql://u:hunter22@h/d', webhookUrl: 'https://hooks.example/T00' };
    assert.deepEqual(secretsOf(resolve({ flags })), ['hunter22', 'https://hooks.example/T00']);
  });
});
