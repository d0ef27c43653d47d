/** The pages are plain JavaScript that runs as it is written; their types are in comments, and hold. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { packagePath } from '../../../app/paths.ts';

const folder = packagePath('services/dashboard');

void test('the scripts of the pages have no wrong type, and both languages every word', () => {
  const { config } = ts.readConfigFile(join(folder, 'jsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  assert.deepEqual(errors, []);
  assert.ok(fileNames.length > 15, String(fileNames.length));
  const problems = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
  const host = { getCanonicalFileName: String, getCurrentDirectory: () => folder, getNewLine: () => '\n' };
  assert.equal(ts.formatDiagnostics(problems, host), '');
});

void test('nothing makes HTML of text, runs text, or loads from elsewhere', () => {
  const assets = join(folder, 'assets');
  const files = readdirSync(assets, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(js|css|svg)$/.test(path),
  );
  for (const path of [...files.map((file) => join(assets, file)), join(folder, 'index.html')]) {
    const text = readFileSync(path, 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
      path,
    );
    assert.doesNotMatch(text, /https?:\/\/[a-z]|@import|url\(/i, path);
    assert.ok(text.split('\n').length <= 301 || path.includes('.css') || path.includes('words-'), path);
  }
});
