/**
 * The lake in a bucket of an S3 server. Files are made on this machine and uploaded as a whole: an upload is atomic, one
 * of several parts too.
 */
import { Agent } from 'node:https';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { Erasure } from '../../core/erasure.ts';
import { asDolistreamError, DolistreamError, type ErrorCode } from '../../core/errors.ts';
import type { EventFile, LakeFile, LakeStore } from '../../core/ports/lake-store.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';
import {
  ParquetWork,
  readFileMetadata,
  readFiles,
  readLakeMetadata,
  SUFFIX,
  WORK_FOLDER,
} from './parquet-work.ts';
import { fileSize, S3Objects } from './s3-objects.ts';

export interface S3LakeOptions {
  /** `https://…` of the S3 server; left out for Amazon's own. */
  readonly endpoint?: string;
  readonly region: string;
  /** Must exist. */
  readonly bucket: string;
  /** Root of the lake inside the bucket, e.g. `dolibarr/lake`; empty for the whole bucket. */
  readonly prefix: string;
  /** Left out together: found where Amazon's tools look for them (environment, profile, the machine's role). */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** `https://server/bucket/key` instead of `https://bucket.server/key`; by default where there is an endpoint. */
  readonly forcePathStyle?: boolean;
  /** PEM text of the authority that signed the server's certificate, where the system does not know it. */
  readonly ca?: string;
  /** Folder of this machine, of this process alone; files on their way are in `.work` in it, emptied at the start. */
  readonly workDir: string;
  /** A ClickHouse that reads and writes this machine's files, as the embedded one does. */
  readonly engine: Warehouse;
}

/** A lake store that has connections to give back. */
export interface S3Lake extends LakeStore {
  close(): void;
}

/** Tries of one request, with growing pauses: some seconds in all. */
const MAX_ATTEMPTS = 4;
const CONNECT_MS = 5_000;
/** A connection on which nothing comes or goes for so long is given up. */
const SILENCE_MS = 60_000;

/**
 * Checks that the bucket can be listed. Rejects with LAKE_UNREACHABLE (retryable), LAKE_AUTH, LAKE_BUCKET_MISSING,
 * CONFIG_INVALID, or DATA_DIR_UNUSABLE for the work folder.
 */
export async function openS3Lake(options: S3LakeOptions): Promise<S3Lake> {
  const { bucket, endpoint = `S3 in ${options.region}`, prefix } = options;
  const objects = new S3Objects({ client: openClient(options), endpoint, bucket, prefix: rootOf(prefix) });
  try {
    await objects.check();
    return new S3LakeStore(
      objects,
      await ParquetWork.open(join(options.workDir, WORK_FOLDER), options.engine),
    );
  } catch (error) {
    objects.close();
    throw error;
  }
}

function rootOf(prefix: string): string {
  const names = prefix.split('/').filter((name) => name !== '');
  return names.length === 0 ? '' : `${names.join('/')}/`;
}

function openClient(options: S3LakeOptions): S3Client {
  const { accessKeyId, ca, endpoint, region, secretAccessKey } = options;
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint: checkEndpoint(endpoint) }),
    ...credentialsOf(accessKeyId, secretAccessKey),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: MAX_ATTEMPTS,
    // What is sent is signed with its SHA-256 anyway; the newer checksums are unknown to many S3 servers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: SILENCE_MS,
      ...(ca === undefined ? {} : { httpsAgent: new Agent({ keepAlive: true, ca }) }),
    },
  });
}

function checkEndpoint(text: string): string {
  const fix = 'Give an address like https://s3.example.com or http://minio:9000.';
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new DolistreamError('CONFIG_INVALID', 'The address of the S3 server is not an http(s) URL', {
      fix,
    });
  }
  const { username, password } = new URL(text);
  if (username === '' && password === '') return text;
  throw new DolistreamError('CONFIG_INVALID', 'The address of the S3 server holds a user or a password', {
    fix: 'Give the access key and its secret by the options of their own.',
  });
}

function credentialsOf(accessKeyId: string | undefined, secretAccessKey: string | undefined) {
  if (accessKeyId === undefined && secretAccessKey === undefined) return {};
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { credentials: { accessKeyId, secretAccessKey } };
  }
  throw new DolistreamError(
    'CONFIG_INVALID',
    'An access key of S3 needs its secret, and the secret its key',
    {
      fix: 'Give both or none.',
    },
  );
}

class S3LakeStore implements S3Lake {
  readonly #objects: S3Objects;
  readonly #work: ParquetWork;

  constructor(objects: S3Objects, work: ParquetWork) {
    this.#objects = objects;
    this.#work = work;
  }

  async write(file: EventFile): Promise<LakeFile> {
    return changing(file.path, () => this.#work.writeEvents(file, (work) => this.#publish(work, file.path)));
  }

  async merge(parts: readonly string[], path: string): Promise<LakeFile> {
    return changing(path, () =>
      this.#withDownloads(parts, async (files) => {
        const metadata = await readFileMetadata(files[0]!, parts[0]!);
        return this.#work.mergeParts(files, metadata, (work) => this.#publish(work, path));
      }),
    );
  }

  async erase(path: string, erasure: Erasure, dryRun: boolean): Promise<boolean> {
    return changing(path, () =>
      this.#withDownloads([path], async ([file]) => {
        const metadata = await readFileMetadata(file!, path);
        const request = { file: file!, metadata, erasure, dryRun };
        return this.#work.eraseFrom(request, (work) => this.#publish(work, path));
      }),
    );
  }

  async lend<Result>(paths: readonly string[], use: (from: string) => Promise<Result>): Promise<Result> {
    return this.#withDownloads(paths, async (files) => {
      const { schema } = await readFileMetadata(files[0]!, paths[0]!);
      return use(readFiles(files, schema));
    });
  }

  async schemaId(path: string): Promise<number> {
    const { schemaId } = await readLakeMetadata(await this.#objects.open(path), path);
    return schemaId;
  }

  async list(folder: string): Promise<readonly LakeFile[]> {
    const files = await this.#objects.list(rootOf(folder));
    return files.filter((file) => file.path.endsWith(SUFFIX));
  }

  async remove(paths: readonly string[]): Promise<void> {
    await changing(paths.join(', '), () => this.#objects.remove(paths));
  }

  close(): void {
    this.#objects.close();
  }

  async #publish(work: string, path: string): Promise<LakeFile> {
    await this.#objects.upload(work, path);
    return { path, bytes: await fileSize(work) };
  }

  /** One after the other: they are small, and the disk holds no more of them than one merge needs. */
  async #withDownloads<Result>(
    parts: readonly string[],
    use: (files: readonly string[]) => Promise<Result>,
    files: readonly string[] = [],
  ): Promise<Result> {
    const part = parts[files.length];
    if (part === undefined) return use(files);
    return this.#work.withFile(async (file) => {
      await this.#objects.download(part, file);
      return this.#withDownloads(parts, use, [...files, file]);
    });
  }
}

/** What somebody has to change first; everything else is tried again. */
const LASTING: readonly ErrorCode[] = ['CONFIG_INVALID', 'LAKE_AUTH', 'LAKE_BUCKET_MISSING'];

async function changing<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const cause = asDolistreamError(error, 'LAKE_WRITE_FAILED');
    if (cause.code === 'LAKE_CORRUPT') throw cause;
    throw new DolistreamError('LAKE_WRITE_FAILED', `Could not write ${path}: ${cause.message}`, {
      fix: cause.fix ?? 'Check the space of the work folder and the bucket; writing goes on by itself.',
      retryable: !LASTING.includes(cause.code),
      cause: error,
    });
  }
}
