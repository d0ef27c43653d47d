/** Where a registry is and as whom to speak to it, checked before the first request. */
import { DolistreamError } from '../../core/errors.ts';

export interface RegistryCredentials {
  readonly user?: string;
  readonly password?: string;
  /** A bearer token, instead of user and password. */
  readonly token?: string;
}

export interface RegistryAddress {
  /** http or https, with the path prefix and without a slash at the end. Safe to show: it holds no credentials. */
  readonly base: string;
  /** Value of the Authorization header; null: none is sent. */
  readonly authorization: string | null;
  /** Texts that no message may repeat, whoever said them. */
  readonly secrets: readonly string[];
}

const invalid = (message: string, fix: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', message, { fix });

function parseBase(text: string): string {
  const example =
    'Give its base address, e.g. http://registry:8081 (Apicurio: http://HOST:PORT/apis/ccompat/v7).';
  const url = URL.canParse(text) ? new URL(text) : null;
  // The text is not repeated: what cannot be parsed may still hold a password.
  if (!url) throw invalid('The address of the schema registry is not a URL', example);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(
      `The address of the schema registry starts with ${url.protocol}, not http: or https:`,
      example,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'The address of the schema registry holds a user or a password',
      'Take `user:password@` out of it and give both by their own options.',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalid('The address of the schema registry has a ? or # part', example);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function authorizationOf({ user, password, token }: RegistryCredentials): string | null {
  if (token !== undefined) {
    if (user !== undefined || password !== undefined) {
      throw invalid('Both a token and a user are given for the schema registry', 'Give one of them.');
    }
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw invalid('The token for the schema registry is empty or holds blanks', 'Give the bare token.');
    }
    return `Bearer ${token}`;
  }
  if (user === undefined && password === undefined) return null;
  if (user === undefined || user === '' || user.includes(':')) {
    throw invalid(
      'The user for the schema registry is missing, empty or holds a colon',
      'Give the user that belongs to the password; HTTP cannot send one with a colon.',
    );
  }
  return `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
}

/** @throws CONFIG_INVALID, never repeating what was given as password or token. */
export function parseRegistryAddress(
  options: RegistryCredentials & { readonly url: string },
): RegistryAddress {
  const authorization = authorizationOf(options);
  const secrets = [authorization?.split(' ')[1], options.password, options.token];
  return {
    base: parseBase(options.url),
    authorization,
    secrets: secrets.filter((secret): secret is string => secret !== undefined && secret !== ''),
  };
}
