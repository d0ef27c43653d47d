/** A program that owns a private MariaDB and waits to be killed: the subject of a test. */
import { startPrivateMariadb } from '../../../adapters/mariadb/private-server/start-private-mariadb.ts';

const server = await startPrivateMariadb({ dir: process.argv[2] ?? '' });
const { pid, port, password } = server;
process.stdout.write(`${JSON.stringify({ pid, port, password })}\n`);
setInterval(() => {}, 1000);
