import { DolistreamError } from '../../core/errors.ts';

/** Where a failing request went, for messages and fixes. */
export interface S3Place {
  readonly endpoint: string;
  readonly bucket: string;
  /** The object in question, by its path in the lake; or the bucket itself. */
  readonly path: string;
}

const REFUSED = new Set([
  'AccessDenied',
  'AllAccessDisabled',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
]);

/** Redirects and signatures of S3 that mean another region. */
const WRONG_REGION = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
]);

interface S3Failure {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Node's and OpenSSL's codes for a certificate that is not trusted, not valid or not this server's. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_SSL|EPROTO/;

/** Errors of this machine's disk, which come in the middle of a download. */
const LOCAL = new Set(['EACCES', 'EDQUOT', 'EMFILE', 'ENOSPC', 'EROFS']);

/** What the S3 client threw, under one of our codes. A request that had no answer may succeed later. */
export function translateS3Error(error: unknown, place: S3Place): DolistreamError {
  if (error instanceof DolistreamError) return error;
  const { endpoint, bucket } = place;
  const failure = error as S3Failure;
  const name = failure.Code ?? failure.name ?? '';
  const status = failure.$metadata?.httpStatusCode;
  const reason = failure.message || failure.code || name;
  const details = { cause: error };
  if (name === 'NoSuchKey')
    return new DolistreamError('LAKE_CORRUPT', `${place.path} is not in the bucket ${bucket}`, details);
  if (LOCAL.has(failure.code ?? '')) {
    const fix =
      'Make room on the disk of the work folder, or let this user write there; it is tried again by itself.';
    return new DolistreamError('LAKE_WRITE_FAILED', reason, { ...details, fix, retryable: true });
  }
  if (CERTIFICATE.test(failure.code ?? '')) {
    const fix =
      'Give the certificate of the authority that signed it, or use the name that the certificate is for.';
    const text = `The certificate of ${endpoint} is not accepted: ${reason}`;
    return new DolistreamError('LAKE_UNREACHABLE', text, { ...details, fix });
  }
  if (name === 'NoSuchBucket') {
    const fix = `Create the bucket ${bucket}, or name another one.`;
    return new DolistreamError('LAKE_BUCKET_MISSING', `There is no bucket ${bucket} at ${endpoint}`, {
      ...details,
      fix,
    });
  }
  if (WRONG_REGION.has(name) || status === 301) {
    const fix = 'Give the region that the bucket is in.';
    const text = `The bucket ${bucket} is not in the region that was given: ${reason}`;
    return new DolistreamError('CONFIG_INVALID', text, { ...details, fix });
  }
  if (REFUSED.has(name) || status === 401 || status === 403) {
    const fix = `Check the access key and its secret, and that it may list, read, write and delete in ${bucket}.`;
    return new DolistreamError('LAKE_AUTH', `${endpoint} refuses the key: ${name}: ${reason}`, {
      ...details,
      fix,
    });
  }
  const isAnswer = status !== undefined && status < 500 && status !== 429 && status !== 408;
  return new DolistreamError('LAKE_UNREACHABLE', `The S3 server ${endpoint} does not do it: ${reason}`, {
    ...details,
    fix: 'Check the address of the S3 server and that it runs; it is tried again by itself.',
    retryable: !isAnswer,
  });
}
