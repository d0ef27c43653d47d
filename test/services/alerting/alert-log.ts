/** A log in a temporary folder, and alerts put into it the way analytics does. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import avro from 'avsc';
import { type EmbeddedLog, openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { Alert } from '../../../core/alert.ts';
import { alertsTopic, keySubject, valueSubject } from '../../../core/topics.ts';

export const PREFIX = 'test';

const SCHEMA = readFileSync(new URL('../../../schemas/alert.avsc', import.meta.url), 'utf8');
const valueType = avro.Type.forSchema(JSON.parse(SCHEMA) as avro.Schema);
const keyType = avro.Type.forSchema('string');

/** Alerts with different numbers as ids are about different interventions. */
export function alertOf(id: string, changes: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: 'intervention_hours',
    severity: 60,
    entity: 1,
    subject_type: 'intervention',
    subject_id: /^\d+$/.test(id) ? Number(id) : 31,
    subject_ref: 'FI2611-0031',
    title: 'Intervention FI2611-0031 : 14 h pour 4 h prévues',
    explanation: "FI2611-0031 (plomberie, Lyon) : 14 h pour 4 h prévues ; d'habitude 3 à 6 h.",
    actual: 14,
    expected: 4,
    unit: 'h',
    details: '{}',
    source_seq: 1,
    committed_at: 1_700_000_000_000,
    raised_at: 1_700_000_000_500,
    ...changes,
  };
}

export class AlertLog implements AsyncDisposable {
  readonly #dir: string;
  #isReleased = false;
  #embedded: EmbeddedLog;

  private constructor(dir: string, embedded: EmbeddedLog) {
    this.#dir = dir;
    this.#embedded = embedded;
  }

  static async open(): Promise<AlertLog> {
    const dir = await mkdtemp(path.join(tmpdir(), 'dolistream-alerting-'));
    return new AlertLog(dir, await openEmbeddedLog({ dir }));
  }

  get log(): EmbeddedLog['log'] {
    return this.#embedded.log;
  }

  get registry(): EmbeddedLog['registry'] {
    return this.#embedded.registry;
  }

  /** Appends the alerts as one batch. */
  async raise(...alerts: readonly Alert[]): Promise<void> {
    const topic = alertsTopic(PREFIX);
    const values = alerts.map((alert) => valueType.toBuffer(alert));
    const keys = alerts.map((alert) => keyType.toBuffer(alert.id));
    let valueEnd = 0;
    let keyEnd = 0;
    await this.log.append(
      [
        {
          topic,
          valueSchemaId: await this.registry.register(valueSubject(topic), SCHEMA),
          keySchemaId: await this.registry.register(keySubject(topic), '"string"'),
          count: alerts.length,
          values: Buffer.concat(values),
          valueEnds: Uint32Array.from(values.map((value) => (valueEnd += value.length))),
          keys: Buffer.concat(keys),
          keyEnds: Uint32Array.from(keys.map((key) => (keyEnd += key.length))),
          timestampMs: 1_700_000_000_000,
          firstSeq: 0,
          lastSeq: 0,
        },
      ],
      [],
    );
  }

  /** Closes the log, for a process to open; returns its folder. */
  async release(): Promise<string> {
    await this.#embedded.close();
    this.#isReleased = true;
    return this.#dir;
  }

  /** Closes and opens the log again, as a restart does. */
  async restart(): Promise<void> {
    await this.#embedded.close();
    this.#embedded = await openEmbeddedLog({ dir: this.#dir });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isReleased) await this.#embedded.close();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
