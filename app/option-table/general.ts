import { option, optional } from '../option-spec.ts';
import { choice, hostPort, locale, onOff, text } from '../option-types.ts';

export const GENERAL_OPTIONS = {
  data: option({
    group: 'General',
    flag: '--data',
    argument: 'DIR',
    type: text('the path of a folder'),
    default: './dolistream-data',
    description: 'Folder that holds everything dolistream keeps: change log, lake, warehouse, logs.',
  }),
  json: option({
    group: 'General',
    flag: '--json',
    argument: null,
    type: onOff,
    default: false,
    description: 'Print results and errors as JSON on standard output and standard error.',
  }),
  logLevel: option({
    group: 'General',
    flag: '--log-level',
    argument: 'LEVEL',
    type: choice('debug', 'info', 'warn', 'error'),
    default: 'info',
    description: 'Least important messages to log: debug, info, warn or error.',
  }),
  envFile: option({
    group: 'General',
    flag: '--env-file',
    argument: 'FILE',
    type: optional(text('the path of a file')),
    default: null,
    description:
      'File of NAME=value lines, read as if they were in the environment. Default: .env when there is one.',
  }),
  locale: option({
    group: 'General',
    flag: '--locale',
    argument: 'LANG',
    env: ['LOCALE'],
    type: locale,
    default: 'fr',
    description: 'Language of alerts and pages: fr or en.',
  }),
};

export const HTTP_OPTIONS = {
  http: option({
    group: 'HTTP',
    flag: '--http',
    argument: 'HOST:PORT',
    commands: ['demo', 'up', 'run'],
    type: hostPort,
    default: { host: '127.0.0.1', port: 8686 },
    description: 'Address of health, metrics, status and the ClickHouse endpoint.',
  }),
  httpToken: option({
    group: 'HTTP',
    flag: null,
    env: ['DOLISTREAM_HTTP_TOKEN'],
    secret: true,
    type: optional(text('at least 16 characters on one line', /^[\x21-\x7e]{16,}$/)),
    default: null,
    description: 'Password that the HTTP port asks for. Needed to listen beyond this machine.',
  }),
  httpViewerToken: option({
    group: 'HTTP',
    flag: null,
    env: ['DOLISTREAM_HTTP_VIEWER_TOKEN'],
    secret: true,
    type: optional(text('at least 16 characters on one line', /^[\x21-\x7e]{16,}$/)),
    default: null,
    description: 'Second password, for people who may look at figures and query them but change nothing.',
  }),
  httpUsers: option({
    group: 'HTTP',
    flag: '--http-users',
    argument: 'FILE',
    commands: ['demo', 'up', 'run'],
    type: optional(text('the path of a file')),
    default: null,
    description:
      'People who log in to the pages with a name and a password: lines made by `dolistream hash-password`.',
  }),
  httpCert: option({
    group: 'HTTP',
    flag: '--http-cert',
    argument: 'FILE',
    commands: ['demo', 'up', 'run'],
    type: optional(text('the path of a PEM file')),
    default: null,
    description:
      'Certificate, with those between it and the authority: the HTTP port speaks TLS. Needs --http-key.',
  }),
  httpKey: option({
    group: 'HTTP',
    flag: '--http-key',
    argument: 'FILE',
    commands: ['demo', 'up', 'run'],
    type: optional(text('the path of a PEM file')),
    default: null,
    description: 'Private key of --http-cert.',
  }),
};
