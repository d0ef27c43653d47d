import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { completionScript, SHELLS } from '../completion-script.ts';
import type { Command } from '../command.ts';

export const completionCommand: Command = {
  name: 'completion',
  summary: 'Print what makes a shell complete commands and options: bash, zsh or fish.',
  operands: ['SHELL'],
  examples: [
    'completion bash > ~/.local/share/bash-completion/completions/dolistream',
    'completion zsh > ~/.zfunc/_dolistream',
    'completion fish > ~/.config/fish/completions/dolistream.fish',
  ],
  run: ({ operands, io, commands }) => {
    const shell = SHELLS.find((known) => known === operands[0]);
    if (shell === undefined) {
      throw new DolistreamError(
        'CONFIG_INVALID',
        `There is no completion for ${JSON.stringify(operands[0])}`,
        {
          fix: `Name one of ${SHELLS.join(', ')}.`,
        },
      );
    }
    io.stdout.write(completionScript(shell, commands));
    return Promise.resolve(EXIT.done);
  },
};
