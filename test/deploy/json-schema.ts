/** As much of JSON Schema as the tests of the deployment need. */

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly anyOf?: readonly JsonSchema[];
}

export type Definitions = Readonly<Record<string, JsonSchema>>;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function hasType(value: unknown, type: JsonSchema['type']): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 100) ?? 'undefined';

function checkProperties(
  value: object,
  schema: JsonSchema,
  definitions: Definitions,
  path: string,
): readonly string[] {
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  const problems = missing.map((name) => `${path}.${name} is missing`);
  const patterns = Object.entries(schema.patternProperties ?? {});
  for (const [name, entry] of Object.entries(value) as [string, unknown][]) {
    const place = `${path}.${name}`;
    const own = schema.properties?.[name];
    const matching = patterns.filter(([pattern]) => new RegExp(pattern).test(name)).map(([, found]) => found);
    const applied = own ? [own, ...matching] : matching;
    for (const found of applied) problems.push(...findViolations(entry, found, definitions, place));
    if (applied.length > 0) continue;
    const rest = schema.additionalProperties ?? true;
    if (rest === false) problems.push(`${place} is not known`);
    else if (rest !== true) problems.push(...findViolations(entry, rest, definitions, place));
  }
  return problems;
}

/** Every violation, each with its place in the document; empty when the value fits. */
export function findViolations(
  value: unknown,
  schema: JsonSchema,
  definitions: Definitions = {},
  path = '$',
): readonly string[] {
  if (schema.$ref !== undefined) {
    const target = definitions[schema.$ref];
    return target ? findViolations(value, target, definitions, path) : [`no definition of ${schema.$ref}`];
  }
  const problems: string[] = [];
  if (schema.type && !hasType(value, schema.type)) return [`${path} is ${shown(value)}, not ${schema.type}`];
  if (schema.enum && !schema.enum.includes(value)) {
    problems.push(`${path} is ${shown(value)}, not one of ${schema.enum.join(', ')}`);
  }
  if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) {
    problems.push(`${path} is ${shown(value)}, which does not match ${schema.pattern}`);
  }
  if (schema.anyOf) {
    const outcomes = schema.anyOf.map((choice) => findViolations(value, choice, definitions, path));
    if (!outcomes.some((outcome) => outcome.length === 0)) problems.push(...outcomes.flat());
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) problems.push(`${path} is too short`);
    const { items } = schema;
    if (items) {
      value.forEach((item, index) =>
        problems.push(...findViolations(item, items, definitions, `${path}[${index}]`)),
      );
    }
  } else if (typeof value === 'object' && value !== null) {
    problems.push(...checkProperties(value, schema, definitions, path));
  }
  return problems;
}
