import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { hashPassword, isUserName, LEAST_PASSWORD } from '../../../services/monitor/users.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command, CommandContext } from '../command.ts';

export const hashPasswordCommand: Command = {
  name: 'hash-password',
  summary: 'Make the line of a user for --http-users: the password is read from standard input.',
  operands: ['NAME'],
  examples: [
    'hash-password paul >> users.txt   (asks for the password)',
    'hash-password marie --role operator < password.txt >> users.txt',
  ],
  run: async (context) => {
    const { options, operands, io } = context;
    const name = operands[0]!;
    if (!isUserName(name)) {
      throw new DolistreamError('CONFIG_INVALID', `${JSON.stringify(name)} cannot be the name of a user`, {
        fix: 'Use letters, digits and . _ @ -, at most 60.',
      });
    }
    const hash = await hashPassword(await readPassword(context));
    const line = `${name}:${options.role}:${hash}`;
    if (options.json) printJson(io, { name, role: options.role, line });
    else printLine(io, line);
    return EXIT.done;
  },
};

async function readPassword({ io }: CommandContext): Promise<string> {
  const password = ((await io.readPassword?.()) ?? '').trim();
  if (password.length >= LEAST_PASSWORD) return password;
  throw new DolistreamError('CONFIG_INVALID', `The password has fewer than ${LEAST_PASSWORD} characters`, {
    fix: 'Give a longer one on standard input.',
  });
}
