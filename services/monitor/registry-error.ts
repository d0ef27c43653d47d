/** Errors as Confluent's schema registry tells them: `{"error_code": number, "message": text}` with an HTTP status. */
import { asDolistreamError, DolistreamError, type ErrorCode } from '../../core/errors.ts';

const ANSWERS = {
  'body-invalid': [400, 400, 'CONFIG_INVALID'],
  'token-needed': [401, 40101, 'ACCESS_DENIED'],
  'read-only': [403, 40301, 'ACCESS_DENIED'],
  'path-unknown': [404, 404, 'CONFIG_INVALID'],
  'subject-unknown': [404, 40401, 'SCHEMA_UNKNOWN'],
  'version-unknown': [404, 40402, 'SCHEMA_UNKNOWN'],
  'schema-unknown': [404, 40403, 'SCHEMA_UNKNOWN'],
  'level-not-set': [404, 40408, 'CONFIG_INVALID'],
  incompatible: [409, 409, 'SCHEMA_INCOMPATIBLE'],
  'schema-invalid': [422, 42201, 'SCHEMA_INCOMPATIBLE'],
  'version-invalid': [422, 42202, 'CONFIG_INVALID'],
  'level-invalid': [422, 42203, 'CONFIG_INVALID'],
  'not-permitted': [422, 42205, 'CONFIG_INVALID'],
} as const satisfies Readonly<Record<string, readonly [status: number, errorCode: number, code: ErrorCode]>>;

export type RegistryErrorName = keyof typeof ANSWERS;

/** An error that a client of the registry's routes is shown. */
export class RegistryError extends DolistreamError {
  readonly status: number;
  readonly errorCode: number;

  constructor(name: RegistryErrorName, message: string) {
    const [status, errorCode, code] = ANSWERS[name];
    super(code, message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

export interface RegistryErrorAnswer {
  readonly status: number;
  readonly body: { readonly error_code: number; readonly message: string };
}

/** How an error is told to a client. */
export function registryErrorAnswer(error: unknown): RegistryErrorAnswer {
  if (error instanceof RegistryError) {
    return { status: error.status, body: { error_code: error.errorCode, message: error.message } };
  }
  const { statusCode } = error as { statusCode?: number };
  const { message } = asDolistreamError(error, 'INTERNAL');
  // What fastify itself refuses: a body that is too long, a path that cannot be decoded.
  if (
    !(error instanceof DolistreamError) &&
    statusCode !== undefined &&
    statusCode >= 400 &&
    statusCode < 500
  ) {
    return { status: statusCode, body: { error_code: statusCode, message } };
  }
  return { status: 500, body: { error_code: 50001, message } };
}
