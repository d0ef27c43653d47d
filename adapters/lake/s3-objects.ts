/**
 * Objects of one bucket under one prefix. Every body is in memory, a bounded part at a time, so that the client can
 * repeat a request that failed and sign what it sends.
 */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { LakeFile } from '../../core/ports/lake-store.ts';
import { accessFile, type RandomAccess } from './parquet-footer.ts';
import { withOpenFile } from './parquet-work.ts';
import { translateS3Error } from './s3-error.ts';

/** S3 wants parts of 5 MiB or more, and at most 10,000 of them: this is enough for 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;

/** The end of a file that is read at once: a footer of a few hundred columns fits. */
const TAIL_BYTES = 64 * 1024;

const CONTENT_TYPE = 'application/vnd.apache.parquet';

const REMOVALS_AT_ONCE = 8;

export interface S3Bucket {
  readonly client: S3Client;
  /** The server, for messages. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
}

/** Every method rejects with the codes of s3-error.ts. */
export class S3Objects {
  readonly #client: S3Client;
  readonly #endpoint: string;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ client, endpoint, bucket, prefix }: S3Bucket) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /** Uploads a file of this machine. The object is there as a whole when this resolves, and not before. */
  async upload(file: string, path: string): Promise<void> {
    await this.#translated(path, () =>
      withOpenFile(file, 'r', async (handle) => {
        const bytes = await accessFile(handle);
        if (bytes.size > PART_BYTES) return this.#uploadParts(bytes, path);
        const Body = await bytes.read(0, bytes.size);
        await this.#client.send(new PutObjectCommand({ ...this.#at(path), Body, ContentType: CONTENT_TYPE }));
      }),
    );
  }

  async download(path: string, file: string): Promise<void> {
    await this.#translated(path, async () => {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#at(path)));
      await pipeline(Body as Readable, createWriteStream(file, { mode: 0o600 }));
    });
  }

  /** Mostly one request, because what is read of a Parquet file is its end. */
  async open(path: string): Promise<RandomAccess> {
    const readRange = (range: string) =>
      this.#translated(path, async () => {
        const command = new GetObjectCommand({ ...this.#at(path), Range: `bytes=${range}` });
        const { Body, ContentRange } = await this.#client.send(command);
        return { bytes: Buffer.from(await Body!.transformToByteArray()), contentRange: ContentRange };
      });
    const { bytes: tail, contentRange } = await readRange(`-${TAIL_BYTES}`);
    const size = Number(/\/(\d+)$/.exec(contentRange ?? '')?.[1] ?? tail.length);
    const tailAt = size - tail.length;
    return {
      size,
      read: async (at, length) => {
        if (length === 0) return Buffer.alloc(0);
        if (at >= tailAt) return tail.subarray(at - tailAt, at - tailAt + length);
        return (await readRange(`${at}-${at + length - 1}`)).bytes;
      },
    };
  }

  /** All objects whose path begins with `begin`, in the order of their names. */
  async list(begin: string): Promise<LakeFile[]> {
    const files: LakeFile[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: this.#prefix + begin,
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      });
      const page = await this.#translated(begin, () => this.#client.send(command));
      for (const { Key, Size } of page.Contents ?? []) {
        if (Key !== undefined) files.push({ path: Key.slice(this.#prefix.length), bytes: Size ?? 0 });
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return files;
  }

  /** Asks for one name: the bucket is there, and the key may read it. */
  async check(): Promise<void> {
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 });
    await this.#translated('', () => this.#client.send(command));
  }

  /** One by one: what deletes many at once is not the same on all S3 servers. */
  async remove(paths: readonly string[]): Promise<void> {
    const left = [...paths];
    const removeInTurn = async (): Promise<void> => {
      for (let path = left.pop(); path !== undefined; path = left.pop()) {
        const command = new DeleteObjectCommand(this.#at(path));
        await this.#translated(path, () => this.#client.send(command));
      }
    };
    await Promise.all(Array.from({ length: REMOVALS_AT_ONCE }, removeInTurn));
  }

  close(): void {
    this.#client.destroy();
  }

  async #uploadParts(bytes: RandomAccess, path: string): Promise<void> {
    const at = this.#at(path);
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...at, ContentType: CONTENT_TYPE }),
    );
    try {
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let from = 0; from < bytes.size; from += PART_BYTES) {
        const PartNumber = Parts.length + 1;
        const Body = await bytes.read(from, PART_BYTES);
        const { ETag } = await this.#client.send(
          new UploadPartCommand({ ...at, UploadId, PartNumber, Body }),
        );
        Parts.push({ PartNumber, ETag });
      }
      const MultipartUpload = { Parts };
      await this.#client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    } catch (error) {
      // Best effort: what a bucket keeps of given up uploads goes by a rule of the bucket (docs/decisions/0010).
      await this.#client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => undefined);
      throw error;
    }
  }

  async #translated<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw translateS3Error(error, { endpoint: this.#endpoint, bucket: this.#bucket, path });
    }
  }

  #at(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + path };
  }
}

/** Size in bytes of a file of this machine. */
export async function fileSize(file: string): Promise<number> {
  return (await stat(file)).size;
}
