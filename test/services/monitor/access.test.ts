import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { checkAccess } from '../../../services/monitor/access.ts';

const TOKEN = 'correct-horse-battery';

interface Caller {
  readonly from?: string;
  readonly headers?: IncomingHttpHeaders;
  readonly query?: string;
}

const access = ({ from = '127.0.0.1', headers = {}, query = '' }: Caller, token: string | null = TOKEN) =>
  checkAccess(
    {
      remoteAddress: from,
      headers: { host: '127.0.0.1:8686', ...headers },
      query: new URLSearchParams(query),
    },
    { operator: token, viewer: null },
  );

const basic = (password: string): string => `Basic ${Buffer.from(`default:${password}`).toString('base64')}`;

void test('programs of this machine need no token', () => {
  for (const token of [TOKEN, null]) {
    for (const caller of [
      {},
      { from: '::1', headers: { host: '[::1]:8686' } },
      { from: '::ffff:127.0.0.1', headers: { host: 'localhost:8686' } },
      { headers: { authorization: basic('') } },
      { headers: { 'x-clickhouse-user': 'default', 'x-clickhouse-key': '' } },
      { headers: { origin: 'http://127.0.0.1:8686', 'sec-fetch-site': 'same-origin' } },
    ]) {
      assert.equal(access(caller, token), 'granted', JSON.stringify(caller));
    }
  }
});

void test('others need the token, in whichever way their client sends it', () => {
  const from = '192.168.1.20';
  assert.equal(access({ from }), 'token-missing');
  assert.equal(access({ from }, null), 'token-missing');
  for (const caller of [
    { headers: { authorization: `Bearer ${TOKEN}` } },
    { headers: { authorization: basic(TOKEN) } },
    { headers: { 'x-clickhouse-user': 'default', 'x-clickhouse-key': TOKEN } },
    { query: `user=default&password=${TOKEN}` },
  ]) {
    assert.equal(access({ from, ...caller }), 'granted', JSON.stringify(caller));
    assert.equal(access({ from, ...caller }, null), 'token-missing', JSON.stringify(caller));
  }
});

void test('a wrong token is refused from everywhere', () => {
  for (const from of ['127.0.0.1', '10.0.0.1']) {
    assert.equal(access({ from, headers: { authorization: 'Bearer wrong' } }), 'token-wrong');
    assert.equal(access({ from, headers: { authorization: basic(`${TOKEN}x`) } }), 'token-wrong');
    assert.equal(access({ from, query: 'password=x' }), 'token-wrong');
  }
});

void test('a web page of somebody else cannot use the browser of this machine', () => {
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    // A name of the attacker's that was made to point to 127.0.0.1.
    { host: 'evil.example:8686' },
    { host: '127.0.0.1.evil.example' },
    { host: '' },
  ]) {
    assert.equal(access({ headers }), 'token-missing', JSON.stringify(headers));
  }
});

void test('what a proxy on this machine passes on is not from this machine', () => {
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host']) {
    assert.equal(access({ headers: { [name]: '203.0.113.9' } }), 'token-missing', name);
  }
});
