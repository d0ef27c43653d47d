/**
 * Requests of a member of a consumer group, with the member's own name for itself (static membership, KIP-345): a
 * process that comes back under its name takes its place again at once.
 */
import { ByteWriter } from './byte-writer.ts';
import type { Broker, Request } from './requests.ts';

export interface Membership {
  readonly group: string;
  /** Given by the coordinator; empty at first. */
  readonly memberId: string;
  /** The member's own name. */
  readonly instanceId: string;
}

export interface JoinAnswer {
  readonly errorCode: number;
  readonly generation: number;
  readonly leader: string;
  readonly memberId: string;
  /** Told to the leader only. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[];
}

const GROUP_COORDINATOR = 0;

/** Answers' error codes, by https://kafka.apache.org/39/protocol.html#protocol_error_codes */
export const GroupCode = {
  coordinatorLoading: 14,
  notCoordinator: 16,
  illegalGeneration: 22,
  inconsistentProtocol: 23,
  unknownMember: 25,
  rebalancing: 27,
  memberIdRequired: 79,
  fencedInstance: 82,
} as const;

export function findGroupCoordinatorRequest(group: string): Request<Broker & { readonly errorCode: number }> {
  return {
    apiKey: 10,
    apiVersion: 2,
    apiName: 'FindCoordinator',
    body: [new ByteWriter().string(group).int8(GROUP_COORDINATOR).take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      const errorCode = answer.int16();
      answer.nullableString(); // its message
      return { errorCode, nodeId: answer.int32(), host: answer.string(), port: answer.int32() };
    },
  };
}

/** Answered when all members have asked, or after the rebalance timeout. */
export function joinGroupRequest(
  { group, memberId, instanceId }: Membership,
  join: {
    readonly sessionTimeoutMs: number;
    readonly rebalanceTimeoutMs: number;
    readonly protocolType: string;
    readonly protocol: string;
    readonly metadata: string;
  },
): Request<JoinAnswer> {
  const writer = new ByteWriter()
    .string(group)
    .int32(join.sessionTimeoutMs)
    .int32(join.rebalanceTimeoutMs)
    .string(memberId)
    .string(instanceId)
    .string(join.protocolType)
    .int32(1)
    .string(join.protocol)
    .text(join.metadata);
  return {
    apiKey: 11,
    apiVersion: 5,
    apiName: 'JoinGroup',
    body: [writer.take()],
    waitMs: join.rebalanceTimeoutMs,
    readAnswer: (answer) => {
      answer.int32();
      const errorCode = answer.int16();
      const generation = answer.int32();
      answer.nullableString(); // protocol
      const leader = answer.string();
      const ownId = answer.string();
      const members = answer.array(() => {
        const member = answer.string();
        answer.nullableString(); // its own name
        return { memberId: member, metadata: answer.nullableBytes() };
      });
      return { errorCode, generation, leader, memberId: ownId, members };
    },
  };
}

function writeMember({ group, memberId, instanceId }: Membership, generation: number): ByteWriter {
  return new ByteWriter().string(group).int32(generation).string(memberId).string(instanceId);
}

/** The leader tells each member's part; the others send none. */
export function syncGroupRequest(
  membership: Membership,
  generation: number,
  parts: readonly { readonly memberId: string; readonly part: string }[],
  waitMs: number,
): Request<{ readonly errorCode: number; readonly part: Buffer }> {
  const writer = writeMember(membership, generation);
  writer.array(parts, ({ memberId, part }) => void writer.string(memberId).text(part));
  return {
    apiKey: 14,
    apiVersion: 3,
    apiName: 'SyncGroup',
    body: [writer.take()],
    waitMs,
    readAnswer: (answer) => {
      answer.int32();
      return { errorCode: answer.int16(), part: answer.nullableBytes() };
    },
  };
}

export function heartbeatRequest(
  membership: Membership,
  generation: number,
): Request<{ readonly errorCode: number }> {
  return {
    apiKey: 12,
    apiVersion: 3,
    apiName: 'Heartbeat',
    body: [writeMember(membership, generation).take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      return { errorCode: answer.int16() };
    },
  };
}

export function leaveGroupRequest({ group, memberId, instanceId }: Membership): Request<{
  readonly errorCode: number;
}> {
  const member = new ByteWriter().string(group).int32(1).string(memberId).string(instanceId);
  return {
    apiKey: 13,
    apiVersion: 3,
    apiName: 'LeaveGroup',
    body: [member.take()],
    waitMs: 0,
    readAnswer: (answer) => {
      answer.int32();
      return { errorCode: answer.int16() };
    },
  };
}
