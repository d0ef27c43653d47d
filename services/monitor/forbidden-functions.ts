/**
 * Functions that reach beyond the warehouse: files, other servers, programs. `readonly` alone does not stop them: the
 * embedded engine answers `SELECT file('/etc/passwd')` under readonly=1 (seen with ClickHouse 26.7).
 */
import { ClickHouseError } from './clickhouse-error.ts';
import { isName, isSymbol, type SqlToken, wordOf } from './sql-tokens.ts';

/** Table functions that stay inside the statement. The engine's others are all refused, known or not. */
export const HARMLESS_TABLE_FUNCTIONS: ReadonlySet<string> = new Set(
  'numbers numbers_mt zeros zeros_mt primes generateseries generate_series values sqlstandardvalues null view format'.split(
    ' ',
  ),
);

/** Refused also when the engine's own list cannot name them (it lists what its build has). */
const FORBIDDEN_TABLE_FUNCTIONS = `
  arrowflight arrowstream azureblobstorage azureblobstoragecluster cluster clusterallreplicas cosn deltalake
  deltalakeazure deltalakeazurecluster deltalakecluster deltalakelocal deltalakes3 deltalakes3cluster dictionary eval
  executable file filecluster filesystem fuzzjson fuzzquery gcs generaterandom hdfs hdfscluster hive hudi hudicluster
  iceberg icebergazure icebergazurecluster icebergcluster iceberghdfs iceberghdfscluster iceberglocal
  iceberglocalcluster icebergs3 icebergs3cluster input jdbc loop merge mergetreeanalyzeindexes
  mergetreeanalyzeindexesuuid mergetreeindex mergetreeprojection mergetreetextindex mongodb mysql odbc oss paimon
  paimonazure paimonazurecluster paimoncluster paimonhdfs paimonhdfscluster paimonlocal paimons3 paimons3cluster
  postgresql prometheusquery prometheusqueryrange python redis remote remotesecure s3 s3cluster sqlite
  timeseriesdata timeseriesmetrics timeseriessamples timeseriesselector timeseriestags url urlcluster viewexplain
  viewifpermitted ytsaurus`
  .trim()
  .split(/\s+/);

/** Ordinary functions that read files, run libraries or call out. */
const FORBIDDEN_FUNCTIONS = `
  file catboostevaluate aiclassify aiembed aiextract aigenerate aitranslate sleep sleepeachrow
  hascolumnintable showcertificate addresstoline addresstolinewithinlines addresstosymbol demangle`
  .trim()
  .split(/\s+/);

/** Names that may not be called, in lower case. `engineTableFunctions`: what system.table_functions lists. */
export function forbiddenNames(engineTableFunctions: readonly string[]): ReadonlySet<string> {
  const tableFunctions = engineTableFunctions
    .map((name) => name.toLowerCase())
    .filter((name) => !HARMLESS_TABLE_FUNCTIONS.has(name));
  return new Set([...FORBIDDEN_TABLE_FUNCTIONS, ...FORBIDDEN_FUNCTIONS, ...tableFunctions]);
}

/** Words before a bracket that do not make it the bracket of a call. */
const BRACKET_KEYWORDS = new Set(
  'and as all any between by case distinct else except exists from having if ilike in inner intersect is join left like limit not on or over prewhere qualify right select then union using values when where with'.split(
    ' ',
  ),
);

function isCallBracket(before: SqlToken | undefined): boolean {
  if (!isName(before)) return false;
  return before.kind === 'quoted' || !BRACKET_KEYWORDS.has(before.text.toLowerCase());
}

const refuse = (name: string, why: string): never => {
  throw new ClickHouseError('ACCESS_DENIED', `${name} ${why}`);
};

/** A bracket that is open at some point of the statement. */
type Bracket = 'call' | 'query' | 'other';

/** True inside the arguments of a call; a sub-query starts anew. */
function insideCall(open: readonly Bracket[]): boolean {
  return open.lastIndexOf('call') > open.lastIndexOf('query');
}

function checkName(tokens: readonly SqlToken[], index: number, open: readonly Bracket[]): void {
  const token = tokens[index]!;
  const [before, next] = [tokens[index - 1], tokens[index + 1]];
  if (isSymbol(next, '(')) refuse(token.text, 'may not be called here');
  // `t.file` and `… AS file` are columns; a bare name handed to a function may be a function itself:
  // arrayMap(file, ['/etc/passwd']), and so may the name after APPLY.
  if (isSymbol(before, '.')) return;
  const applied = isSymbol(before, '(') ? tokens[index - 2] : before;
  if (wordOf(applied) === 'apply') refuse(token.text, 'may not be applied here');
  if (insideCall(open)) {
    refuse(token.text, `may not be handed to a function here; if it is a column, write table.${token.text}`);
  }
}

/**
 * Throws ACCESS_DENIED when the statement calls a forbidden name, or names one where the engine would take it for a
 * function.
 */
export function checkFunctions(tokens: readonly SqlToken[], forbidden: ReadonlySet<string>): void {
  const open: Bracket[] = [];
  tokens.forEach((token, index) => {
    if (token.kind === 'symbol' && '([{'.includes(token.text)) {
      if (isSymbol(tokens[index - 1], '}')) refuse('A placeholder', 'may not be called');
      if (token.text === '(' && ['select', 'with'].includes(wordOf(tokens[index + 1]) ?? ''))
        open.push('query');
      else open.push(token.text === '(' && isCallBracket(tokens[index - 1]) ? 'call' : 'other');
    } else if (token.kind === 'symbol' && ')]}'.includes(token.text)) {
      open.pop();
    } else if (isName(token) && forbidden.has(token.text.toLowerCase())) {
      checkName(tokens, index, open);
    }
  });
}

/** Names of the placeholders whose values are put into the statement as identifiers. */
export function identifierPlaceholders(tokens: readonly SqlToken[]): string[] {
  return tokens.flatMap((token, index) =>
    isSymbol(token, '{') && isSymbol(tokens[index + 2], ':') && wordOf(tokens[index + 3]) === 'identifier'
      ? [tokens[index + 1]!.text]
      : [],
  );
}
