/** The shape of the code: who may import whom, and how large a file may be. Read from the sources themselves. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { packageRoot } from '../app/paths.ts';

const MAX_LINES = 300;
const SOURCE_FOLDERS = ['core', 'services', 'adapters', 'app', 'simulator', 'bench', 'test'];
/** Generated or fixed by a tool. */
const NAMES_TO_AVOID = /(^|[-.])(utils?|common|helpers?|manager|misc)([-.]|$)/;

interface Import {
  readonly from: string;
  /** Path from the package root for one of our files, else the name of a package. */
  readonly to: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

const files = SOURCE_FOLDERS.flatMap((folder) =>
  existsSync(join(packageRoot, folder))
    ? readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name)))
    : [],
);

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(
    file,
    readFileSync(join(packageRoot, file), 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  );
}

function specifiersOf(
  source: ts.SourceFile,
): readonly { readonly text: string; readonly typeOnly: boolean }[] {
  const found: { text: string; typeOnly: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ text: node.moduleSpecifier.text, typeOnly: node.importClause?.isTypeOnly === true });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      found.push({ text: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      assert.ok(argument && ts.isStringLiteral(argument), `${source.fileName}: import() of a computed name`);
      found.push({ text: argument.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const imports: readonly Import[] = files.flatMap((from) =>
  specifiersOf(parse(from)).map(({ text, typeOnly }) => {
    const ours = text.startsWith('.');
    return { from, to: ours ? join(dirname(from), text) : text, ours, typeOnly };
  }),
);

const internal = imports.filter((edge) => edge.ours);
const topOf = (path: string): string => path.split('/')[0]!;
const stageOf = (path: string): string => path.split('/').slice(0, 2).join('/');
const show = (edges: readonly Import[]): string =>
  edges.map(({ from, to }) => `${from} imports ${to}`).join('\n');

/** What a file may import, by the folder it is in. */
function isAllowed({ from, to }: Import): boolean {
  switch (topOf(from)) {
    case 'core':
      return topOf(to) === 'core';
    case 'services':
      return topOf(to) === 'core' || stageOf(to) === stageOf(from);
    case 'adapters':
      return topOf(to) === 'core' || topOf(to) === 'adapters';
    case 'simulator':
      return topOf(to) === 'core' || topOf(to) === 'simulator';
    case 'app':
      return ['app', 'core', 'services', 'adapters', 'simulator'].includes(topOf(to));
    default:
      return true;
  }
}

/** The first cycle found through imports that exist at run time, as a list of files; empty when there is none. */
function findCycle(edges: readonly Import[]): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const target of targets.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of targets.keys()) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

void describe('the architecture', () => {
  void it('lets core import nothing, stages only core, adapters only core, and app everything', () => {
    const forbidden = internal.filter((edge) => !isAllowed(edge));
    assert.deepEqual(forbidden, [], show(forbidden));
  });

  void it('keeps core free of packages and of input and output', () => {
    const forbidden = imports.filter((edge) => topOf(edge.from) === 'core' && !edge.ours);
    assert.deepEqual(forbidden, [], show(forbidden));
  });

  void it('imports our own files by a path that exists and ends in .ts', () => {
    const broken = internal.filter(
      ({ to }) => !/\.(ts|json)$/.test(to) || !existsSync(join(packageRoot, to)),
    );
    assert.deepEqual(broken, [], show(broken));
  });

  void it('has no cycle of imports', () => {
    assert.deepEqual(findCycle(internal.filter((edge) => !edge.typeOnly)), []);
  });

  void it('has no barrel: no file that only passes on what others export', () => {
    const barrels = files.filter((file) => {
      const { statements } = parse(file);
      return (
        statements.length > 0 &&
        statements.every((node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      );
    });
    assert.deepEqual(barrels, []);
  });

  void it('names files in kebab case and by what they hold', () => {
    const misnamed = files.filter((file) => {
      const name = file.split('/').at(-1)!;
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.ts$/.test(name) ||
        NAMES_TO_AVOID.test(name.replace(/\.ts$/, ''))
      );
    });
    assert.deepEqual(misnamed, []);
  });

  void it(`keeps every file of the product within ${MAX_LINES} lines`, () => {
    const product = files.filter((file) => topOf(file) !== 'test');
    const long = product.filter(
      (file) => readFileSync(join(packageRoot, file), 'utf8').split('\n').length > MAX_LINES + 1,
    );
    assert.deepEqual(long, []);
  });

  void it('exports by name only', () => {
    const defaults = files.filter((file) =>
      parse(file).statements.some(
        (node) =>
          ts.isExportAssignment(node) ||
          (ts.canHaveModifiers(node) &&
            ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ===
              true),
      ),
    );
    assert.deepEqual(defaults, []);
  });

  void it('throws only errors that have a code', () => {
    const bare = files.filter(
      (file) =>
        !['test', 'bench'].includes(topOf(file)) &&
        /throw new Error\(/.test(readFileSync(join(packageRoot, file), 'utf8')),
    );
    assert.deepEqual(bare, []);
  });
});
