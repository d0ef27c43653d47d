/** The versions of a subject, asked of the registry's routes of a process that runs. */
import { DolistreamError } from '../core/errors.ts';
import type { RegisteredSchema } from '../core/ports/schema-registry.ts';
import { REGISTRY_PREFIX } from '../services/monitor/registry-routes.ts';
import type { AskProcess } from './http-analytics.ts';

export async function askVersions(ask: AskProcess, subject: string): Promise<readonly RegisteredSchema[]> {
  const path = `${REGISTRY_PREFIX}/subjects/${encodeURIComponent(subject)}/versions`;
  const numbers = await ask({ path }).catch((error: unknown) => {
    // Confluent's answer for a subject that there is not.
    if (error instanceof DolistreamError && error.code === 'INTERNAL') return [];
    throw error;
  });
  const answers = (numbers as readonly number[]).map((number) => ask({ path: `${path}/${number}` }));
  return (await Promise.all(answers)) as readonly RegisteredSchema[];
}
