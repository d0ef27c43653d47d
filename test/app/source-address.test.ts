import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { combineSource, describeSource, requireSource, sourceUrl } from '../../app/source-address.ts';

const NO_PARTS = {
  sourceHost: null,
  sourcePort: 3306,
  sourceDatabase: null,
  sourceUser: null,
  sourcePassword: null,
};

void describe('the address of the source', () => {
  void it('is read from a URL with every special character encoded', () => {
    assert.deepEqual(sourceUrl.parse('mysql://ca%40p:p%2Fa%3Ass@db.example:3307/doli%20barr'), {
      host: 'db.example',
      port: 3307,
      user: 'ca@p',
      password: 'p/a:ss',
      database: 'doli barr',
    });
    assert.equal(sourceUrl.parse('mariadb://u@[::1]/d')?.host, '::1');
    assert.equal(
      sourceUrl.parse('mysql://u@%2Frun%2Fmysqld%2Fmysqld.sock/d')?.host,
      '/run/mysqld/mysqld.sock',
    );
  });

  void it('is refused when the URL is of another kind or damaged', () => {
    for (const bad of [
      'postgres://u:p@h/d',
      'h:3306/d',
      'mysql:///d',
      'mysql://u:%zz@h/d',
      'mysql://u@h:99999/d',
      'mysql://u@h/d/e',
      'mysql://u@h/d?ssl=1',
    ]) {
      assert.equal(sourceUrl.parse(bad), undefined, bad);
    }
  });

  void it('takes from the environment what the URL leaves out, and nothing else', () => {
    const parts = { ...NO_PARTS, sourceHost: 'other', sourceUser: 'envuser', sourcePassword: 'envpass' };
    const { source } = combineSource({ host: 'h', port: 1, user: 'u', database: 'd' }, parts);
    assert.deepEqual(source, { host: 'h', port: 1, user: 'u', password: 'envpass', database: 'd' });
  });

  void it('is made of the parts alone as Dolibarr names them', () => {
    const parts = { ...NO_PARTS, sourceDatabase: 'dolibarr', sourceUser: 'u' };
    const { source } = combineSource(null, parts);
    assert.deepEqual(source, {
      host: '127.0.0.1',
      port: 3306,
      user: 'u',
      password: '',
      database: 'dolibarr',
    });
  });

  void it('names every part that is missing', () => {
    const { source, problems } = combineSource({ host: 'h', port: 3306 }, NO_PARTS);
    assert.equal(source, null);
    assert.equal(problems.length, 2);
    assert.match(problems[0]!, /no user.*DOLIBARR_DB_USER/);
    assert.match(problems[1]!, /no database.*DOLIBARR_DB_NAME/);
  });

  void it('is required by name when a command cannot do without', () => {
    assert.throws(() => requireSource({ source: null }), { code: 'CONFIG_INVALID', exitCode: 2 });
  });

  void it('is shown without its password', () => {
    const address = { host: 'h', port: 1, user: 'u', password: 'secret', database: 'd' };
    assert.equal(describeSource(address), 'mysql://u@h:1/d');
  });
});
