/** `npm run docs`: writes the documents that come from the code. A test fails while they are stale. */
import { writeFileSync } from 'node:fs';
import { packagePath } from '../paths.ts';
import { formatGeneratedDocs } from './generated-docs.ts';

for (const [path, content] of Object.entries(formatGeneratedDocs())) {
  writeFileSync(packagePath(path), content);
  process.stdout.write(`${path}\n`);
}
