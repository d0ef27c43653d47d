/** The group of loaders on a real broker: who has which shard, and that none is ever in two hands. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { openKafkaLog } from '../../../adapters/kafka/open-kafka-log.ts';
import { startTestKafka } from '../../support/kafka-server.ts';
import { ChildMember, type GroupOptions, LocalMember } from './group-members.ts';

/** After which the ones that die here are missed. The broker's default forbids it. */
const SHORT_SESSION_MS = 3000;

const kafka = await startTestKafka({ properties: { 'group.min.session.timeout.ms': '1000' } });
after(() => kafka[Symbol.asyncDispose]());

type Named = (instanceId: string, more?: Partial<GroupOptions>) => GroupOptions;

/** A log of its own for a test, and the options of its members. */
async function newGroup(): Promise<Named> {
  const prefix = `group-${randomUUID()}`;
  const log = await openKafkaLog({ brokers: [kafka.broker], prefix });
  await log.close();
  return (instanceId, more = {}) => ({
    ...{ brokers: [kafka.broker], prefix, instanceId, shards: 4, kind: 'into-test' },
    ...more,
  });
}

const dying = (options: GroupOptions): ChildMember =>
  new ChildMember({ ...options, sessionTimeoutMs: SHORT_SESSION_MS });

const sorted = (shards: Iterable<number>): number[] => [...shards].sort((a, b) => a - b);
const ALL = [0, 1, 2, 3];

// Each has a group of its own, and mostly waits.
void describe('the group of loaders', { concurrency: true }, () => {
  void test('a shard that is to change hands goes over when its holder has finished with it, and no other is touched', async () => {
    const named = await newGroup();
    await using first = new LocalMember(named('first'));
    await first.untilItHas(4);
    first.isBusy = true;
    await using second = new LocalMember(named('second'));
    await first.until(() => first.inHand === 2);
    await second.until(() => second.parts.length > 0);
    assert.deepEqual(second.parts, [[]], 'the newcomer waits for what is still in hand');
    assert.deepEqual(second.events, []);
    first.finish();
    await second.untilItHas(2);
    const given = first.events.filter(({ what }) => what === 'release').map(({ shard }) => shard);
    assert.deepEqual(sorted(given), sorted(second.held), 'the others were never interrupted');
    assert.deepEqual(sorted([...first.held, ...second.held]), ALL);
  });

  void test('two shards that are finished with one after the other go over one after the other', async () => {
    const named = await newGroup();
    await using first = new LocalMember(named('first', { shards: 2 }));
    await first.untilItHas(2);
    first.isBusy = true;
    await using second = new LocalMember(named('second', { shards: 2 }));
    await first.until(() => first.inHand === 1);
    await using third = new LocalMember(named('third', { shards: 2 }));
    await third.until(() => third.parts.length > 0);
    assert.equal(first.inHand, 1, 'a call to gather in between asks for nothing more');
    first.finish();
    await Promise.race([second.untilItHas(1), third.untilItHas(1)]);
    assert.deepEqual(sorted([...first.held, ...second.held, ...third.held]), [0, 1]);
  });

  void test('one that leaves gives its shards away at once', async () => {
    const named = await newGroup();
    await using first = new LocalMember(named('first'));
    await using second = new LocalMember(named('second'));
    await Promise.all([first.untilItHas(2), second.untilItHas(2)]);
    await first.leave();
    await second.untilItHas(4);
    assert.deepEqual(sorted(second.held), ALL);
    assert.ok(second.events.every(({ what }) => what === 'take') || second.events.length > 4);
  });

  void test('one that dies is missed after its session, and comes back for its part', async () => {
    const named = await newGroup();
    await using survivor = new LocalMember(named('survivor'));
    await survivor.untilItHas(4);
    const dead = dying(named('mortal'));
    await dead.untilItHas(2);
    await dead.kill9();
    await survivor.untilItHas(4);
    await using back = dying(named('mortal'));
    await back.untilItHas(2);
    assert.deepEqual(sorted([...survivor.held, ...back.held]), ALL);
  });

  void test('one that dies with a shard in hand that was to go to another does not keep it', async () => {
    const named = await newGroup();
    const dead = dying(named('mortal'));
    await dead.untilItHas(4);
    dead.signal('SIGSTOP');
    await using heir = new LocalMember(named('heir'));
    await heir.untilItHas(4);
    await dead.kill9();
    assert.deepEqual(sorted(heir.held), ALL);
  });

  void test('one that is killed and started again before it is missed goes on with its shards, and nobody else stops', async () => {
    const named = await newGroup();
    await using other = new LocalMember(named('other'));
    await other.untilItHas(4);
    const killed = new ChildMember({ ...named('quick'), sessionTimeoutMs: 30_000 });
    await killed.untilItHas(2);
    const [had, before] = [sorted(killed.held), other.events.length];
    await killed.kill9();
    await using again = new ChildMember({ ...named('quick'), sessionTimeoutMs: 30_000 });
    await again.untilItHas(2);
    assert.deepEqual(sorted(again.held), had);
    assert.equal(other.events.length, before);
  });

  void test('one that slept through its session lets go of everything before it takes anything again', async () => {
    const named = await newGroup();
    await using awake = new LocalMember(named('awake'));
    await awake.untilItHas(4);
    await using sleeper = dying(named('sleeper'));
    await sleeper.untilItHas(2);
    const had = sleeper.events.length;
    sleeper.signal('SIGSTOP');
    await awake.untilItHas(4);
    sleeper.signal('SIGCONT');
    await sleeper.until(() => sleeper.events.length >= had + 4);
    const [one, two, ...later] = sleeper.events.slice(had).map(({ what }) => what);
    assert.deepEqual([one, two], ['release', 'release'], 'its generation is over');
    assert.deepEqual(later.slice(0, 2), ['take', 'take'], 'it joined anew');
    assert.deepEqual(sorted([...awake.held, ...sleeper.held]), ALL);
  });

  void test('a second one of the same name shuts the first out', async () => {
    const named = await newGroup();
    await using first = new LocalMember(named('same'));
    await first.untilItHas(4);
    await using second = new LocalMember(named('same'));
    await second.untilItHas(4);
    await assert.rejects(first.running, { code: 'LOG_FENCED', retryable: false });
    assert.deepEqual(sorted(first.held), [], 'it has let go of its shards');
  });

  void test('one that divides the log otherwise, or fills another warehouse, is refused by name', async () => {
    const named = await newGroup();
    await using first = new LocalMember(named('first'));
    await first.untilItHas(4);
    const session = { sessionTimeoutMs: 1000 };
    const odd = new LocalMember(named('odd', { shards: 8, ...session }));
    const elsewhere = new LocalMember(named('elsewhere', { kind: 'into-another', ...session }));
    await assert.rejects(odd.running, { code: 'CONFIG_INVALID', message: /into 8 shards/ });
    await assert.rejects(elsewhere.running, { code: 'CONFIG_INVALID', fix: /same ClickHouse server/ });
    assert.deepEqual(sorted(first.held), ALL);
    assert.equal(first.events.length, 4);
  });
});
