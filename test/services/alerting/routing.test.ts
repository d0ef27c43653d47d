import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AlertCase, openCase, type Party } from '../../../services/alerting/alert-case.ts';
import { endOfQuiet, isHoliday, localTime, nextTime } from '../../../services/alerting/business-calendar.ts';
import { createMute, findMute } from '../../../services/alerting/mute.ts';
import { readRoutingFile } from '../../../services/alerting/routing-file.ts';
import { defaultRouting, nextEscalation, withRoutes } from '../../../services/alerting/routing.ts';
import { readLink, signLink } from '../../../services/alerting/signed-link.ts';
import { alertOf } from './alert-log.ts';

const PARIS = 'Europe/Paris';
const at = (text: string): number => Date.parse(text);
const HOUR = 3_600_000;

interface CaseOptions {
  readonly severity?: number;
  readonly rule?: string;
  readonly customer?: Party | null;
  readonly now?: number;
}

const caseOf = ({ severity = 60, rule = 'intervention_hours', customer = null, now = 0 }: CaseOptions = {}) =>
  openCase(alertOf('1', { severity, rule }), { id: '00000000aaaaaaaa', now, customer, site: null });

const CHANNELS = ['slack', 'mail', 'boss'];
const routed = (content: unknown, each: AlertCase, now: number) => {
  const { routing } = readRoutingFile(content, CHANNELS, () => defaultRouting([]));
  const context = { routing, channels: CHANNELS, zone: PARIS };
  return { context, told: withRoutes(each, context, now).deliveries };
};

void test('French public holidays are known, the moving ones too', () => {
  const days = ['2026-01-01', '2026-04-06', '2026-05-14', '2026-05-25', '2026-07-14', '2027-03-29'];
  for (const day of days) assert.ok(isHoliday(localTime(at(`${day}T12:00:00Z`), PARIS)), day);
  assert.ok(!isHoliday(localTime(at('2026-04-07T12:00:00Z'), PARIS)));
});

void test('quiet hours end on the next working morning, over midnight, weekends, holidays and summer time', () => {
  const quiet = { from: 19 * 60, to: 450, weekends: true, holidays: true };
  const cases = [
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z'],
    ['2026-11-23T18:30:00Z', '2026-11-24T06:30:00Z'],
    ['2026-11-24T05:00:00Z', '2026-11-24T06:30:00Z'],
    ['2026-11-27T20:00:00Z', '2026-11-30T06:30:00Z'],
    ['2026-12-24T20:00:00Z', '2026-12-28T06:30:00Z'],
    ['2026-03-28T10:00:00Z', '2026-03-30T05:30:00Z'],
  ];
  for (const [now, end] of cases) {
    assert.equal(new Date(endOfQuiet(at(now!), quiet, PARIS)).toISOString(), end!.replace('Z', '.000Z'));
  }
  assert.equal(nextTime(at('2026-11-23T06:00:00Z'), 480, PARIS, null), at('2026-11-23T07:00:00Z'));
});

void test('the first route that fits counts, and those after it when it says so', () => {
  const file = {
    routes: [
      { rules: 'intervention_cost', to: ['boss'], continue: true },
      { customers: ['12', 'Dupont*'], severity: 50, to: ['slack'] },
      { to: ['mail'], digest: '08:00', urgent: 90 },
    ],
  };
  const now = at('2026-11-23T10:00:00Z');
  const dupont = { id: 7, name: 'DUPONT & Fils' };
  const names = (each: AlertCase): string[] => Object.keys(routed(file, each, now).told);
  assert.deepEqual(names(caseOf({ customer: dupont })), ['slack']);
  assert.deepEqual(names(caseOf({ customer: dupont, severity: 40 })), ['mail']);
  assert.deepEqual(names(caseOf({ customer: dupont, rule: 'intervention_cost' })), ['boss', 'slack']);
  const { mail } = routed(file, caseOf(), now).told;
  assert.deepEqual([mail!.digest, mail!.due], [true, at('2026-11-24T07:00:00Z')]);
  const urgent = routed(file, caseOf({ severity: 95 }), now).told['mail'];
  assert.deepEqual([urgent!.digest, urgent!.due], [false, now]);
});

void test('what no route fits is told to everybody, and an empty list tells nobody', () => {
  const told = (content: unknown): string[] => Object.keys(routed(content, caseOf(), 0).told);
  assert.deepEqual(told({ routes: [{ severity: 90, to: ['slack'] }] }), CHANNELS);
  assert.deepEqual(told({ routes: [{ to: [] }] }), []);
});

void test('a case that nobody takes goes to more people, outside quiet hours', () => {
  const now = at('2026-11-23T17:00:00Z');
  const quiet = { from: '19:00', to: '07:30' };
  const route = { to: ['slack'], quiet, escalate: [{ after: '4h', to: ['boss'] }] };
  const each = caseOf({ now });
  const { context } = routed({ routes: [route] }, each, now);
  assert.deepEqual(nextEscalation(each, context), { at: at('2026-11-24T06:30:00Z'), to: ['boss'] });
  assert.equal(nextEscalation({ ...each, escalations: 1 }, context), null);
  assert.equal(nextEscalation({ ...each, state: 'acknowledged' }, context), null);
});

void test('everything that is wrong with a file is told at once, by its path', () => {
  const wrong = {
    channels: { Slack2: { type: 'fax' }, mail: { type: 'mail', to: 'a@b.example' } },
    routes: [{ severity: 200, to: ['nobody'], quiet: { from: '25:00' }, when: 'now' }, { digest: 8 }],
    cool_down: 'long',
    proof_of_life: 'every day',
    colour: 'red',
  };
  assert.throws(
    () => readRoutingFile(wrong, CHANNELS, () => defaultRouting([])),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CONFIG_INVALID');
      for (const path of [
        ...['colour is not known', 'channels.Slack2', 'channels.mail is the name', 'routes[0].severity: 200'],
        ...[
          'routes[0].when is not known',
          'routes[0].quiet.from',
          'no channel "nobody"',
          'routes[1].to is missing',
        ],
        ...['routes[1].digest: 8', 'cool_down: "long"', 'proof_of_life: "every day"'],
      ]) {
        assert.ok(error.message.includes(path), `${path} is not in ${error.message}`);
      }
      return true;
    },
  );
  for (const content of [[], 'text', 5]) {
    assert.throws(() => readRoutingFile(content, CHANNELS, () => defaultRouting([])), /is not a mapping/);
  }
});

void test('a mute silences what all parts of its scope fit, until its end', () => {
  const customer = { id: 12, name: 'Dupont' };
  const each = caseOf({ customer });
  const mute = createMute({ rule: 'intervention_*', customer: 12 }, 5 * HOUR, 'Paul', 0);
  assert.equal(findMute([mute], each, HOUR), mute);
  assert.equal(findMute([mute], each, 5 * HOUR), null);
  assert.equal(findMute([mute], caseOf({ customer: { id: 13, name: 'Dupont' } }), HOUR), null);
  const last = createMute({ case: each.id }, null, 'Anne', 0);
  assert.equal(findMute([last, mute], each, HOUR), last);
});

void test('a link works until it is over, and not with another key, case or time', () => {
  const key = Buffer.alloc(32, 1);
  const token = signLink(key, { case: '3f2a9c01d4e5b677', expires: 10 * HOUR });
  assert.match(token, /^[\w.-]+$/);
  assert.deepEqual(readLink(key, token, HOUR), { case: '3f2a9c01d4e5b677', expires: 10 * HOUR });
  assert.throws(() => readLink(key, token, 11 * HOUR), { code: 'ACCESS_DENIED' });
  assert.throws(() => readLink(Buffer.alloc(32, 2), token, HOUR), { code: 'ACCESS_DENIED' });
  const [id, , signature] = token.split('.');
  const forged = [
    token.replace(id!, '0000000000000000'),
    `${id}.zzzzzz.${signature}`,
    '',
    '..',
    'a'.repeat(5000),
  ];
  for (const each of forged) assert.throws(() => readLink(key, each, HOUR), { code: 'ACCESS_DENIED' });
});
