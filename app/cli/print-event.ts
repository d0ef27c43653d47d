/** A change event as one line for people: when, what, which row, and which of its columns are other than before. */
import type { Json } from '../tap/event-decoder.ts';
import type { TapEvent } from '../tap/tap-events.ts';
import type { Colour, Paint } from './colours.ts';
import { makePrintable } from './printable.ts';

const MAX_VALUE = 60;
const OPERATIONS: Readonly<Record<string, readonly [string, Colour]>> = {
  c: ['insert', 'green'],
  u: ['update', 'yellow'],
  d: ['delete', 'red'],
  r: ['copy  ', 'dim'],
  t: ['empty ', 'red'],
};

type Image = Readonly<Record<string, Json>>;

export function formatEvent({ topic, offset, value }: TapEvent, paint: Paint): string {
  const source = imageOf(value['source']);
  const [name, colour] = OPERATIONS[String(value['op'])] ?? ['record', 'dim'];
  const table = typeof source['table'] === 'string' ? source['table'] : topic;
  const time = timeOf(source['ts_ms'] ?? value['committed_at']);
  const text = value['op'] === undefined ? listColumns(value) : describeChange(value);
  return `${paint('dim', time)} ${paint(colour, name)} ${paint('bold', makePrintable(table))} @${offset}  ${text}`;
}

const imageOf = (value: Json | undefined): Image =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Image) : {};

function timeOf(value: Json | undefined): string {
  const time = new Date(typeof value === 'string' ? value : Number(value ?? 0));
  return Number.isNaN(time.getTime()) ? '-' : time.toISOString().slice(0, 19).replace('T', ' ');
}

function describeChange(value: TapEvent['value']): string {
  const before = imageOf(value['before']);
  const after = imageOf(value['after']);
  if (value['op'] !== 'u') return listColumns(value['op'] === 'd' ? before : after);
  const key = Object.entries(after)[0];
  const changed = Object.entries(after).filter(
    ([name, now]) => JSON.stringify(before[name]) !== JSON.stringify(now),
  );
  const changes = changed.map(
    ([name, now]) => `${makePrintable(name)}: ${show(before[name])} → ${show(now)}`,
  );
  const row = key === undefined ? '' : `${makePrintable(key[0])}=${show(key[1])}  `;
  return row + (changes.length === 0 ? '(no column changed)' : changes.join(', '));
}

const listColumns = (image: Image): string =>
  Object.entries(image)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${makePrintable(name)}=${show(value)}`)
    .join(' ');

function show(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  const line = makePrintable(text);
  return line.length <= MAX_VALUE ? line : `${line.slice(0, MAX_VALUE - 1)}…`;
}
