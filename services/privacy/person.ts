/** Who is meant: the row of the source that is a person, what of it is personal, and the texts that give the person away. */
import { quoteName, quoteText } from '../../core/clickhouse-sql.ts';
import type { Erasure } from '../../core/erasure.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Warehouse } from '../../core/ports/warehouse.ts';

export type PersonKind = 'customer' | 'contact' | 'user';

export interface Person {
  readonly kind: PersonKind;
  /** `rowid` in Dolibarr. */
  readonly id: number;
}

interface PersonTable {
  readonly table: string;
  /** Columns whose values are the person's alone, long enough to be looked for everywhere. */
  readonly telling: readonly string[];
  /** Names of which each alone is no telling text, but both together are. */
  readonly fullName: readonly [first: string, last: string] | null;
  /** Further personal columns of the row itself. */
  readonly own: readonly string[];
}

const TABLES: Readonly<Record<PersonKind, PersonTable>> = {
  customer: {
    table: 'societe',
    telling: [
      'nom',
      'name_alias',
      'email',
      'phone',
      'phone_mobile',
      'fax',
      'address',
      'siren',
      'siret',
      'tva_intra',
    ],
    fullName: null,
    own: [
      'url',
      'socialnetworks',
      'note_private',
      'note_public',
      'idprof4',
      'idprof5',
      'idprof6',
      'birth',
      'ip',
    ],
  },
  contact: {
    table: 'socpeople',
    telling: ['email', 'phone', 'phone_perso', 'phone_mobile', 'fax', 'address'],
    fullName: ['firstname', 'lastname'],
    own: [
      'firstname',
      'lastname',
      'name_alias',
      'url',
      'socialnetworks',
      'photo',
      'birthday',
      'note_private',
      'note_public',
      'ip',
    ],
  },
  user: {
    table: 'user',
    telling: ['email', 'personal_email', 'office_phone', 'user_mobile', 'personal_mobile', 'address'],
    fullName: ['firstname', 'lastname'],
    own: [
      'firstname',
      'lastname',
      'login',
      'signature',
      'socialnetworks',
      'photo',
      'birth',
      'birth_place',
      'note_private',
      'note_public',
      'national_registration_number',
      'idpers1',
      'idpers2',
      'idpers3',
    ],
  },
};

/** Shorter ones stand in too many places by chance. */
const SHORTEST_TEXT = 5;
const SHORTEST_NUMBER = 8;

type Image = Readonly<Record<string, unknown>>;

export interface PersonPlace {
  readonly warehouse: Warehouse;
  readonly tablePrefix: string;
}

export const tableOf = ({ kind }: Person, tablePrefix: string): string =>
  `${tablePrefix}${TABLES[kind].table}`;

/** What of a table's rows says who it is; none of a table whose rows are no people. */
export function personalColumns(table: string, tablePrefix: string): readonly string[] {
  const entry = Object.values(TABLES).find((each) => `${tablePrefix}${each.table}` === table);
  return entry ? [...entry.telling, ...entry.own, ...(entry.fullName ?? [])] : [];
}

async function columnsOf(warehouse: Warehouse, table: string): Promise<Set<string>> {
  const rows = await warehouse.rows<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = 'mirror' AND table = {table:String}",
    { params: { table } },
  );
  return new Set(rows.map(({ name }) => name));
}

/** The person's row as it is, and as it ever was. */
export async function versionsOf(person: Person, { warehouse, tablePrefix }: PersonPlace): Promise<Image[]> {
  const table = tableOf(person, tablePrefix);
  if ((await columnsOf(warehouse, table)).size === 0) return [];
  const params = { id: person.id, table };
  const known = await warehouse.rows<Image>(
    `SELECT * FROM mirror.${quoteName(table)} FINAL WHERE rowid = {id:Int64}`,
    { params },
  );
  const events = await warehouse.rows<{ before: string; after: string }>(
    `SELECT before, after FROM raw.events WHERE table = {table:String}
       AND (JSONExtractInt(after, 'rowid') = {id:Int64} OR JSONExtractInt(before, 'rowid') = {id:Int64})`,
    { params },
  );
  const images = events.flatMap(({ before, after }) => [before, after]).filter((image) => image !== '');
  return [...known, ...images.map((image) => JSON.parse(image) as Image)];
}

const textIn = (image: Image, column: string): string => {
  const value = image[column];
  return typeof value === 'string' ? value.trim() : '';
};

/** A number is looked for as it is written and without what separates its digits. */
function formsOf(text: string): string[] {
  const digits = text.replace(/[^0-9+]/g, '');
  const isNumber = digits.length >= SHORTEST_NUMBER && digits.length >= text.length / 2;
  return [text, text.toLowerCase(), ...(isNumber ? [digits] : [])];
}

function tellingTexts({ telling, fullName }: PersonTable, versions: readonly Image[]): string[] {
  const names = versions.flatMap((image) => {
    if (!fullName) return [];
    const [first, last] = fullName.map((column) => textIn(image, column)) as [string, string];
    return first === '' || last === '' ? [] : [`${first} ${last}`, `${last} ${first}`, `${last}, ${first}`];
  });
  const values = versions.flatMap((image) => telling.map((column) => textIn(image, column)));
  const texts = [...names, ...values].flatMap(formsOf).filter((text) => text.length >= SHORTEST_TEXT);
  return [...new Set(texts)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/**
 * A name or number that somebody else's row holds, too, gives nobody away and must stay theirs: it is erased from the person's own
 * row alone.
 */
async function textsOfNobodyElse(
  texts: readonly string[],
  { warehouse, table, columns, id }: PersonPlace & { table: string; columns: readonly string[]; id: number },
): Promise<string[]> {
  const known = await columnsOf(warehouse, table);
  const values = columns
    .filter((column) => known.has(column))
    .map((column) => `ifNull(toString(${quoteName(column)}), '')`);
  if (texts.length === 0 || values.length === 0) return [...texts];
  const own: string[] = [];
  for (const text of texts) {
    const [others] = await warehouse.rows<{ rows: string }>(
      `SELECT countIf(arrayExists(value -> position(value, {text:String}) > 0, [${values.join(', ')}])) AS rows
       FROM mirror.${quoteName(table)} FINAL WHERE rowid != {id:Int64}`,
      { params: { text, id } },
    );
    if (Number(others!.rows) === 0) own.push(text);
  }
  return own;
}

/** What is to be erased of the person. Rejects with CONFIG_INVALID when nobody is known under that number. */
export async function erasureOf(person: Person, place: PersonPlace): Promise<Erasure> {
  const versions = await versionsOf(person, place);
  if (versions.length === 0) {
    throw new DolistreamError('CONFIG_INVALID', `No ${person.kind} ${person.id} is known`, {
      fix: `Give the rowid of the ${person.kind} in Dolibarr, as the mirror has it: dolistream query "SELECT rowid FROM mirror.${tableOf(person, place.tablePrefix)}"`,
    });
  }
  const entry = TABLES[person.kind];
  const table = tableOf(person, place.tablePrefix);
  const columns = [...entry.telling, ...entry.own];
  const texts = await textsOfNobodyElse(tellingTexts(entry, versions), {
    ...place,
    table,
    columns,
    id: person.id,
  });
  return { table, record: person.id, columns, texts };
}

/** Every row of the mirror that points at the person, and all that happened to the person's own row. */
export async function collectPerson(person: Person, place: PersonPlace): Promise<object> {
  const { warehouse, tablePrefix } = place;
  const { table } = await erasureOf(person, place);
  const links = LINKS[person.kind].map(quoteText).join(', ');
  const columns = await warehouse.rows<{ table: string; name: string }>(
    `SELECT table, name FROM system.columns WHERE database = 'mirror' AND name IN (${links}) AND type LIKE '%Int%' ORDER BY table, name`,
  );
  const linked: Record<string, Image[]> = {};
  for (const { table: other, name } of columns) {
    const rows = await warehouse.rows<Image>(
      `SELECT * FROM mirror.${quoteName(other)} WHERE ${quoteName(name)} = {id:Int64} SETTINGS final = 1`,
      { params: { id: person.id } },
    );
    if (rows.length > 0) linked[`${other}.${name}`] = rows;
  }
  const own = await versionsOf(person, { warehouse, tablePrefix });
  return { person: { ...person, table }, row: own[0] ?? null, earlier: own.slice(1), linked };
}

/** Columns by which other rows point at the person. */
const LINKS: Readonly<Record<PersonKind, readonly string[]>> = {
  customer: ['fk_soc', 'fk_societe', 'socid'],
  contact: ['fk_contact', 'fk_socpeople'],
  user: [
    'fk_user',
    'fk_user_author',
    'fk_user_creat',
    'fk_user_assign',
    'fk_user_action',
    'fk_user_modif',
    'fk_user_valid',
  ],
};
