import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { LiveEvents, MAX_LIVE_CLIENTS } from '../../../services/monitor/live-events.ts';

/** A client whose connection takes no more bytes when `waiting` is large. */
class Client extends EventEmitter {
  readonly texts: string[] = [];
  isDestroyed = false;
  writableLength: number;

  constructor(waiting = 0) {
    super();
    this.writableLength = waiting;
  }

  write(text: string): boolean {
    this.texts.push(text);
    if (text.startsWith('event: data')) this.emit('told');
    return true;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit('close');
  }
}

const asResponse = (client: Client): ServerResponse => client as unknown as ServerResponse;
const quiet = { version: () => Promise.resolve('1'), status: () => Promise.resolve({}) };

void test('a client that does not read is dropped, and the others are told', async () => {
  const live = new LiveEvents(quiet);
  const slow = new Client(1 << 20);
  const good = new Client();
  const told = new Promise((resolve) => good.once('told', resolve));
  live.add(asResponse(slow));
  live.add(asResponse(good));
  await told;
  assert.equal(slow.isDestroyed, true);
  assert.equal(good.isDestroyed, false);
  live.close();
  assert.equal(good.isDestroyed, true);
});

void test('there is room for so many clients and no more', () => {
  const live = new LiveEvents(quiet);
  for (let n = 0; n < MAX_LIVE_CLIENTS; n++) live.add(asResponse(new Client()));
  assert.equal(live.hasRoom, false);
  live.close();
  assert.equal(live.hasRoom, true);
});

void test('a store that cannot be asked now ends nothing', async () => {
  let fails = true;
  const live = new LiveEvents({
    version: () => (fails ? Promise.reject(new Error('gone')) : Promise.resolve('2')),
    status: () => Promise.reject(new Error('gone')),
  });
  const client = new Client();
  const told = new Promise((resolve) => client.once('told', resolve));
  live.add(asResponse(client));
  fails = false;
  await told;
  live.close();
});
