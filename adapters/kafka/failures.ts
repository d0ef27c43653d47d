/** What a failure of Kafka means to whoever asked: try again, give way, or tell the user. */
import { DolistreamError, type ErrorDetails } from '../../core/errors.ts';
import { errorOfCode } from './broker-connection.ts';

interface KafkajsError {
  readonly name: string;
  readonly message: string;
  /** Of errors that a broker answered, e.g. NOT_LEADER_FOR_PARTITION. */
  readonly type?: string;
  readonly retriable?: boolean;
}

/** The next epoch of the transactional id was given away: to another process, or by the broker at a timeout. */
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING']);
/** Codes that kafkajs does not know. */
const PRODUCER_FENCED_CODE = 90;

/** Not "retriable" by kafkajs, but a new epoch or a new look at the cluster mends them. */
const MENDED_BY_STARTING_OVER = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
  'CONCURRENT_TRANSACTIONS',
  'TRANSACTION_COORDINATOR_FENCED',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN',
]);

/** Broker error codes of importance here, by https://kafka.apache.org/39/protocol.html#protocol_error_codes */
export const ErrorCode = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  topicAlreadyExists: 36,
  policyViolation: 44,
  invalidTransactionState: 48,
  concurrentTransactions: 51,
  notAttempted: 55,
} as const;

/** Throws the error that `code` names, unless it is 0. */
export function checkCode(code: number, place?: string): void {
  if (code === ErrorCode.none) return;
  const error = errorOfCode(code) as Error & { type?: string };
  if (code === PRODUCER_FENCED_CODE) error.type = 'PRODUCER_FENCED';
  if (place !== undefined) error.message = `${error.message} (${place})`;
  throw error;
}

export const isFenced = (error: unknown): boolean => FENCED.has((error as KafkajsError).type ?? '');

/** True when the same request may succeed a little later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DolistreamError) return false;
  const { name, type, retriable } = error as KafkajsError;
  if (isFenced(error)) return false;
  if (type !== undefined) return retriable === true || MENDED_BY_STARTING_OVER.has(type);
  return name.startsWith('KafkaJS') && (retriable === true || name === 'KafkaJSLockTimeout');
}

const FIX_BY_TYPE: Readonly<Record<string, string>> = {
  MESSAGE_TOO_LARGE: 'Raise max.message.bytes of the topic, or replica.fetch.max.bytes of the brokers.',
  RECORD_LIST_TOO_LARGE: 'Raise segment.bytes of the topic.',
  TOPIC_AUTHORIZATION_FAILED: 'Allow this user to read, write and create the topics of the prefix.',
  CLUSTER_AUTHORIZATION_FAILED: 'Allow this user to create topics and to write idempotently.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Allow this user to write and describe its transactional ids.',
  INVALID_REPLICATION_FACTOR: 'Choose a replication factor that is not above the number of brokers.',
  INVALID_TRANSACTION_TIMEOUT:
    'Lower the transaction timeout below transaction.max.timeout.ms of the brokers.',
};

/** The failure as an error of ours. `doing` completes "Kafka failed while …". */
export function asLogError(error: unknown, doing: string, details: ErrorDetails = {}): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const { name, type, message } = error as KafkajsError;
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
    return new DolistreamError('LOG_AUTH', 'The Kafka brokers refused the user or the password', {
      fix: 'Check the user, the password and the SASL mechanism.',
      cause: error,
    });
  }
  const retryable = isTransient(error);
  const code = type === undefined && retryable ? 'LOG_UNREACHABLE' : 'LOG_WRITE_FAILED';
  const fix = type === undefined ? undefined : FIX_BY_TYPE[type];
  return new DolistreamError(code, `Kafka failed while ${doing}: ${message}`, {
    retryable,
    ...(fix === undefined ? {} : { fix }),
    ...details,
    cause: error,
  });
}
