/** Names of the log's own topics, and how topics are made. */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import type { ClusterLink } from './cluster-link.ts';
import { checkCode, ErrorCode } from './failures.ts';
import { createTopicsRequest, type NewTopic } from './protocol/requests.ts';

/** One record per append: the order of this topic is the order of the log. */
export const indexTopic = (prefix: string): string => `${prefix}.commits`;
/** Owners' states and the log's own notes, compacted by key. */
export const stateTopic = (prefix: string): string => `${prefix}.state`;

export interface DataTopicOptions {
  /** How many partitions a new topic gets. */
  readonly partitions: (topic: string) => number;
  /** null: three, or as many as there are brokers. */
  readonly replicationFactor: number | null;
  /** `compact` keeps the last record of each key only, `delete` all of them. */
  readonly cleanup: (topic: string) => 'delete' | 'compact';
  /** Kafka's own retention; null: records stay until the log is trimmed. */
  readonly retentionMs: number | null;
  readonly retentionBytes: number | null;
}

/** Above the largest row a source can have. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Small, so that compaction gets at it soon: a log is opened by reading all of its states. */
const STATE_SEGMENT_BYTES = 16 * 1024 * 1024;
const CREATE_TIMEOUT_MS = 30_000;
const METADATA_WAIT_MS = 30_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;
const USUAL_REPLICAS = 3;

export function ownTopic(topic: string, kind: 'index' | 'state', options: DataTopicOptions): NewTopic {
  const configs =
    kind === 'index'
      ? { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }
      : {
          'cleanup.policy': 'compact',
          'segment.bytes': String(STATE_SEGMENT_BYTES),
          'min.cleanable.dirty.ratio': '0.1',
        };
  return {
    topic,
    partitions: 1,
    replicationFactor: options.replicationFactor ?? 0,
    configs: { ...configs, 'max.message.bytes': String(MAX_MESSAGE_BYTES) },
  };
}

/** `keyed` is false for a topic whose records have no key: compaction would leave one of them. */
export function dataTopic(topic: string, keyed: boolean, options: DataTopicOptions): NewTopic {
  return {
    topic,
    partitions: options.partitions(topic),
    replicationFactor: options.replicationFactor ?? 0,
    configs: {
      'cleanup.policy': keyed ? options.cleanup(topic) : 'delete',
      'retention.ms': String(options.retentionMs ?? -1),
      'retention.bytes': String(options.retentionBytes ?? -1),
      'max.message.bytes': String(MAX_MESSAGE_BYTES),
    },
  };
}

/** Makes the topics that are not there, and waits until each partition has a leader. */
export async function createTopics(link: ClusterLink, wanted: readonly NewTopic[]): Promise<void> {
  const present = await link.leadersOf(wanted.map(({ topic }) => topic));
  const missing = wanted.filter(({ topic }) => !present.has(topic));
  if (missing.length === 0) return;
  const replicas = Math.min(USUAL_REPLICAS, Math.max(1, link.brokerCount));
  const topics = missing.map((topic) => ({
    ...topic,
    replicationFactor: topic.replicationFactor || replicas,
  }));
  const results = await link.toController(createTopicsRequest(topics, CREATE_TIMEOUT_MS));
  for (const { topic, errorCode, message } of results) {
    // Another process was first.
    if (errorCode === ErrorCode.topicAlreadyExists) continue;
    checkCode(errorCode, `topic ${topic}${message === null ? '' : `: ${message}`}`);
  }
  await waitForLeaders(link, topics);
}

async function waitForLeaders(link: ClusterLink, topics: readonly NewTopic[]): Promise<void> {
  const deadline = performance.now() + METADATA_WAIT_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const missing = await topicsWithoutLeader(link, topics);
    if (missing.length === 0) return;
    if (performance.now() > deadline) {
      throw new DolistreamError('LOG_UNREACHABLE', `Topic ${missing[0]} has no leader yet`, {
        retryable: true,
      });
    }
    // Brokers tell nobody when they have taken a new topic in.
    await pause(pauseMs);
    link.forget();
  }
}

async function topicsWithoutLeader(link: ClusterLink, topics: readonly NewTopic[]): Promise<string[]> {
  const names = topics.map(({ topic }) => topic);
  const known = await link.leadersOf(names);
  return names.filter((name) => {
    const leaders = known.get(name) ?? [];
    return leaders.length === 0 || leaders.some((leader) => leader < 0);
  });
}
