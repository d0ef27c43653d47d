import type { TopicInfo } from '../../core/ports/change-log.ts';
import type { StateTable } from './state-table.ts';

/** The topics by the log's own offsets, as of the last refresh of the states. */
export function describeTopics(states: StateTable): TopicInfo[] {
  const trimmed = states.trimNote()?.topics ?? {};
  return states.topicNotes().map(([topic, { next, bytes, newestMs }]) => ({
    topic,
    partition: 0,
    firstOffset: trimmed[topic]?.records ?? 0,
    nextOffset: next,
    bytes: bytes - (trimmed[topic]?.bytes ?? 0),
    lastTimestampMs: newestMs,
  }));
}
