/**
 * A server that speaks S3: moto's. It checks signatures and keeps its buckets in memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { preparePython } from './python-environment.ts';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const VERSION = '5.2.5';
export const REGION = 'eu-west-3';
/** Names on one page of a listing: fewer than Amazon's 1,000, so that tests get by with few files. */
export const LISTED_AT_ONCE = 20;

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
};

/** Requests that nobody has to sign yet: the ones that make the user, his rights and his key. */
const SETUP_REQUESTS = 3;

export interface S3Address {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export class S3Server implements AsyncDisposable {
  readonly address: S3Address;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: S3Address) {
    this.#child = child;
    this.address = address;
  }

  static async start(): Promise<S3Server> {
    const python = await preparePython('moto', VERSION, '[s3,iam,server]');
    const port = await freePort();
    const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
      env: {
        ...process.env,
        INITIAL_NO_AUTH_ACTION_COUNT: String(SETUP_REQUESTS),
        MOTO_S3_DEFAULT_MAX_KEYS: String(LISTED_AT_ONCE),
        PYTHONUNBUFFERED: '1',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for await (const line of createInterface(child.stderr)) if (line.includes('Running on')) break;
    child.stderr.resume();
    const endpoint = `http://127.0.0.1:${port}`;
    const address = { endpoint, region: REGION, bucket: 'lake', ...(await makeKey(endpoint)) };
    const client = clientOf(address);
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await client.send(new CreateBucketCommand({ Bucket: address.bucket, CreateBucketConfiguration }));
    client.destroy();
    return new S3Server(child, address);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}

/** A client of the test's own, to look at what the product has done. */
export function clientOf({ endpoint, region, accessKeyId, secretAccessKey }: S3Address): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
}

async function makeKey(endpoint: string): Promise<Pick<S3Address, 'accessKeyId' | 'secretAccessKey'>> {
  const user = { UserName: 'dolistream', Version: '2010-05-08' };
  const ask = async (action: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams({ Action: action, ...user, ...more }),
      headers: {
        Authorization: `AWS4-HMAC-SHA256 Credential=setup/20260101/${REGION}/iam/aws4_request, SignedHeaders=host, Signature=none`,
      },
    });
    if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  await ask('CreateUser');
  await ask('PutUserPolicy', { PolicyName: 'lake', PolicyDocument: JSON.stringify(POLICY) });
  const answer = await ask('CreateAccessKey');
  const field = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)![1]!;
  return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
}
