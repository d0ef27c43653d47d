/**
 * Trained models on disk: `<folder>/<name>/<version>.json`, with what each was learnt from and how good it was, and
 * `<name>/in-use.json`, which names the version in use. Files appear whole. A newly trained model is put in use only
 * when it is not worse than the one that is.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { TrainedModel } from './analysis.ts';

/** Layout of the files; raised when an older program could not read them. */
const FORMAT = 1;
/** A challenger may be this much worse by chance and still follows: newer data is worth that. */
const NOT_WORSE = 1.02;
const DAY_MS = 86_400_000;

export interface ModelVersion {
  readonly name: string;
  /** 1, 2, 3, … */
  readonly version: number;
  /** ISO 8601. */
  readonly trainedAt: string;
  readonly seed: number;
  readonly rows: number;
  readonly from: string;
  readonly to: string;
  /** Error on cases it had not seen; lower is better. */
  readonly score: number;
  /** The champion's on the same cases; null when there was none. */
  readonly championScore: number | null;
  readonly inUse: boolean;
}

interface SavedModel extends Omit<ModelVersion, 'inUse'> {
  readonly format: number;
  readonly payload: unknown;
}

export interface StoredModel {
  readonly description: ModelVersion;
  readonly payload: unknown;
}

const isName = (name: string): boolean => /^[a-z][a-z0-9-]{0,40}$/.test(name);

export class ModelStore {
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** The model in use; null when none was trained yet. Throws MODEL_UNUSABLE for a file that cannot be read. */
  async inUse(name: string): Promise<StoredModel | null> {
    const version = await this.#versionInUse(name);
    if (version === null) return null;
    return await this.read(name, version);
  }

  /** Throws MODEL_UNUSABLE when there is no such version, or it was written by another version of the program. */
  async read(name: string, version: number): Promise<StoredModel> {
    const saved = await this.#load(name, version);
    const inUse = (await this.#versionInUse(name)) === version;
    return { description: describe(saved, inUse), payload: saved.payload };
  }

  /** Every version of every model, by name and then newest first. */
  async list(): Promise<ModelVersion[]> {
    const found: ModelVersion[] = [];
    for (const name of (await entriesOf(this.#folder)).filter(isName).sort()) {
      for (const version of (await this.#versions(name)).reverse()) {
        found.push((await this.read(name, version)).description);
      }
    }
    return found;
  }

  /** Saves it as the next version, and puts it in use unless the one that is was clearly better on the same cases. */
  async save(name: string, trained: TrainedModel, seed: number): Promise<ModelVersion> {
    const { payload, ...facts } = trained;
    const version = Math.max(0, ...(await this.#versions(name))) + 1;
    const trainedAt = new Date(this.#clock.now()).toISOString();
    const saved: SavedModel = { format: FORMAT, name, version, trainedAt, seed, ...facts, payload };
    await this.#write(join(this.#folder, name, `${version}.json`), saved);
    const { score, championScore } = facts;
    const follows = championScore === null || score <= championScore * NOT_WORSE;
    if (follows) await this.#use(name, version);
    return describe(saved, follows);
  }

  /** Puts the newest version before the one in use, or the named one, in use. Throws MODEL_UNUSABLE. */
  async rollback(name: string, version: number | null): Promise<ModelVersion> {
    const current = await this.#versionInUse(name);
    const earlier = (await this.#versions(name)).filter((each) => current !== null && each < current);
    const wanted = version ?? earlier[earlier.length - 1];
    if (wanted === undefined) {
      throw new DolistreamError('MODEL_UNUSABLE', `There is no earlier version of the model "${name}"`, {
        fix: 'See which there are with: dolistream models list',
      });
    }
    await this.#load(name, wanted);
    await this.#use(name, wanted);
    return (await this.read(name, wanted)).description;
  }

  /** Removes versions older than that many days; the one in use stays. Returns how many went. */
  async removeOlderThan(days: number): Promise<number> {
    const oldest = this.#clock.now() - days * DAY_MS;
    const stale = (await this.list()).filter(
      ({ trainedAt, inUse }) => !inUse && Date.parse(trainedAt) < oldest,
    );
    for (const { name, version } of stale) await rm(join(this.#folder, name, `${version}.json`));
    return stale.length;
  }

  async #versions(name: string): Promise<number[]> {
    if (!isName(name)) throw unusable(name, 'is not the name of a model');
    const files = await entriesOf(join(this.#folder, name));
    const versions = files.map((file) => /^(\d{1,9})\.json$/.exec(file)).filter((match) => match !== null);
    return versions.map((match) => Number(match[1])).sort((a, b) => a - b);
  }

  async #versionInUse(name: string): Promise<number | null> {
    if (!isName(name)) throw unusable(name, 'is not the name of a model');
    const path = join(this.#folder, name, 'in-use.json');
    const text = await readOrNull(path);
    if (text === null) return null;
    const version: unknown = parse(text, name)['version'];
    if (Number.isSafeInteger(version)) return version as number;
    throw unusable(name, 'has a damaged in-use.json');
  }

  async #use(name: string, version: number): Promise<void> {
    await this.#write(join(this.#folder, name, 'in-use.json'), { version });
  }

  async #load(name: string, version: number): Promise<SavedModel> {
    const text = await readOrNull(join(this.#folder, name, `${version}.json`));
    if (text === null) throw unusable(name, `has no version ${version}`);
    const saved = parse(text, name);
    if (saved['format'] === FORMAT) return saved as unknown as SavedModel;
    throw unusable(name, `version ${version} has format ${String(saved['format'])}, not ${FORMAT}`);
  }

  async #write(path: string, value: object): Promise<void> {
    await mkdir(join(path, '..'), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    await writeFile(temporary, `${JSON.stringify(value)}\n`);
    await rename(temporary, path);
  }
}

function describe(saved: SavedModel, inUse: boolean): ModelVersion {
  const { name, version, trainedAt, seed, rows, from, to, score, championScore } = saved;
  return { name, version, trainedAt, seed, rows, from, to, score, championScore, inUse };
}

const unusable = (name: string, what: string): DolistreamError =>
  new DolistreamError('MODEL_UNUSABLE', `The model "${name}" ${what}`, {
    fix: 'See which there are with `dolistream models list`; train anew with `dolistream analytics`.',
  });

function parse(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new DolistreamError('MODEL_UNUSABLE', `A file of the model "${name}" is damaged`, {
      fix: 'Remove the file and train anew with `dolistream analytics`.',
      cause: error,
    });
  }
  throw unusable(name, 'has a damaged file');
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
