/** Who a command or a request means. */
import { DolistreamError } from '../../core/errors.ts';
import type { Person, PersonKind } from '../../services/privacy/person.ts';

const KINDS: readonly PersonKind[] = ['customer', 'contact', 'user'];
const LARGEST = 2 ** 53 - 1;

/** From the options --customer, --contact and --user, of which exactly one is to be given. */
export function personOf(given: Readonly<Record<PersonKind, number | null>>): Person {
  const named = KINDS.filter((kind) => given[kind] !== null);
  const [kind] = named;
  if (kind !== undefined && named.length === 1) return { kind, id: given[kind]! };
  const what = named.length === 0 ? 'Nobody was named' : `${named.length} persons were named`;
  throw new DolistreamError('CONFIG_INVALID', what, {
    fix: 'Give one of --customer ID, --contact ID and --user ID: the rowid in Dolibarr.',
  });
}

/** From the body of a request. */
export function readPerson(request: Readonly<Record<string, unknown>>): Person {
  const kind = KINDS.find((known) => known === request['kind']);
  const { id } = request;
  if (kind && Number.isInteger(id) && Number(id) > 0 && Number(id) <= LARGEST)
    return { kind, id: Number(id) };
  const wrong = kind === undefined ? ['kind', request['kind']] : ['id', id];
  throw new DolistreamError(
    'CONFIG_INVALID',
    `${String(wrong[0])} is ${JSON.stringify(wrong[1])?.slice(0, 100)}`,
    {
      fix: 'Send {"kind": "customer", "id": 12}; kinds are customer, contact and user.',
    },
  );
}
