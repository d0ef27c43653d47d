import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseEnv } from 'node:util';
import { formatGeneratedDocs } from '../../../app/cli/generated-docs.ts';
import { packagePath } from '../../../app/paths.ts';
import { resolveOptions } from '../../../app/resolve-options.ts';

void describe('the generated documents', () => {
  for (const [path, content] of Object.entries(formatGeneratedDocs())) {
    void it(`${path} is as \`npm run docs\` writes it`, () => {
      assert.equal(readFileSync(packagePath(path), 'utf8'), content);
    });
  }

  void it('give an example environment that means the defaults when it is used as it is', () => {
    const example = formatGeneratedDocs()['.env.example']!.replaceAll(/^#(?=[A-Z_]+=)/gm, '');
    const input = { command: 'up', flags: {}, cwd: '/nowhere' } as const;
    const env = parseEnv(example);
    assert.ok(Object.keys(env).length > 20);
    assert.deepEqual(resolveOptions({ ...input, env }), resolveOptions({ ...input, env: {} }));
  });
});
