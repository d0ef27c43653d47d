import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as types from '../../app/option-types.ts';

void describe('the types of options', () => {
  void it('read sizes with binary units and refuse what is too small or no size', () => {
    const size = types.bytes(1_024);
    assert.equal(size.parse('1024'), 1_024);
    assert.equal(size.parse('10G'), 10 * 2 ** 30);
    assert.equal(size.parse('5 MiB'), 5 * 2 ** 20);
    for (const bad of ['', '1023', '-1G', '1.5G', '1E9', '10 apples', '999999999999T']) {
      assert.equal(size.parse(bad), undefined, bad);
    }
    assert.equal(size.format?.(10 * 2 ** 30), '10G');
    assert.equal(size.format?.(1_536), '1536');
  });

  void it('read durations with a unit and keep within their limits', () => {
    const time = types.duration(1_000, 3_600_000);
    assert.equal(time.parse('60s'), 60_000);
    assert.equal(time.parse('1h'), 3_600_000);
    for (const bad of ['60', '61m', '999ms', '1d', 's', '-5s']) assert.equal(time.parse(bad), undefined, bad);
    assert.match(time.expected, /from 1s to 1h/);
  });

  void it('read whole numbers within limits and nothing that only looks like one', () => {
    const number = types.integer(1, 4_294_967_295);
    assert.equal(number.parse('4294967295'), 4_294_967_295);
    for (const bad of ['0', '4294967296', '1.0', '1e3', '0x10', ' 1', 'NaN', '']) {
      assert.equal(number.parse(bad), undefined, bad);
    }
  });

  void it('read addresses of IPv4, IPv6 and names with a port', () => {
    assert.deepEqual(types.hostPort.parse('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
    assert.deepEqual(types.hostPort.parse('[::1]:8686'), { host: '::1', port: 8686 });
    assert.deepEqual(types.hostPort.parse('erp.local:80'), { host: 'erp.local', port: 80 });
    assert.equal(types.hostPort.format?.({ host: '::1', port: 80 }), '[::1]:80');
    for (const bad of ['8686', ':80', 'a:65536', '::1:80', 'http://a:80', 'a b:1']) {
      assert.equal(types.hostPort.parse(bad), undefined, bad);
    }
  });

  void it('read lists of names and refuse the whole list for one bad name', () => {
    assert.deepEqual(types.tableGlobs.parse('llx_ticket, llx_societe*'), ['llx_ticket', 'llx_societe*']);
    assert.equal(types.tableGlobs.parse('llx_ticket,;DROP'), undefined);
    assert.equal(types.tableGlobs.parse('llx_ticket,'), undefined);
    assert.deepEqual(types.columnGlobs.parse('llx_user.email,*.iban*'), ['llx_user.email', '*.iban*']);
    assert.equal(types.columnGlobs.parse('email'), undefined);
  });

  void it('take a system locale for its language', () => {
    assert.equal(types.locale.parse('fr_FR.UTF-8'), 'fr');
    assert.equal(types.locale.parse('en'), 'en');
    assert.equal(types.locale.parse('german'), undefined);
    assert.equal(types.locale.parse('french'), undefined);
  });

  void it('know time zones and web addresses', () => {
    assert.equal(types.timeZone.parse('Indian/Reunion'), 'Indian/Reunion');
    assert.equal(types.timeZone.parse('Mars/Olympus'), undefined);
    assert.equal(types.httpUrl.parse('https://hooks.example.org/x'), 'https://hooks.example.org/x');
    assert.equal(types.httpUrl.parse('file:///etc/passwd'), undefined);
    assert.equal(types.httpUrl.parse('hooks.example.org'), undefined);
  });

  void it('let a bound be switched off by the word none', () => {
    const days = types.orNone(types.integer(1, 9));
    assert.equal(days.parse('none'), null);
    assert.equal(days.parse('3'), 3);
    assert.equal(days.parse('10'), undefined);
    assert.equal(days.format?.(null), 'none');
  });
});
