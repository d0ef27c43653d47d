import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CommandLine, parseCommandLine } from '../../../app/cli/parse-command-line.ts';

const parse = (line: string): CommandLine => parseCommandLine(line.split(' ').filter((word) => word !== ''));

const message = (line: string): string => {
  try {
    parse(line);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'CONFIG_INVALID');
    return (error as Error).message;
  }
  return assert.fail(`${line} was accepted`);
};

void describe('the command line', () => {
  void it('takes flags before and after the command, with = or without', () => {
    assert.deepEqual(parse('--json query --data=/x SELECT1 --format CSV'), {
      kind: 'command',
      command: 'query',
      flags: { json: 'true', data: '/x', format: 'CSV' },
      operands: ['SELECT1'],
    });
  });

  void it('leaves the words after -- alone', () => {
    const line = parseCommandLine(['query', '--', '--json']);
    assert.deepEqual(line.kind === 'command' && line.operands, ['--json']);
  });

  void it('does not let a switch swallow the word after it', () => {
    const line = parseCommandLine(['query', '--json', 'SELECT 1']);
    assert.deepEqual(line.kind === 'command' && line.operands, ['SELECT 1']);
  });

  void it('names every unknown option and command at once, with the nearest known one', () => {
    const text = message('pipline --sorce mysql://h/d --jsn --frobnicate');
    assert.match(text, /4 options are wrong/);
    assert.match(text, /"pipline" is not a command; did you mean pipeline\?/);
    assert.match(text, /--sorce is not an option; did you mean --source\?/);
    assert.match(text, /--jsn is not an option; did you mean --json\?/);
    assert.match(text, /--frobnicate is not an option; `dolistream help`/);
  });

  void it('says to which command a misplaced option belongs', () => {
    assert.match(message('up --for 60s'), /--for is not an option of up; it belongs to demo/);
  });

  void it('says what value is missing and does not take the next flag for it', () => {
    const text = message('up --data --http --json');
    assert.match(text, /--data needs a value: --data DIR/);
    assert.match(text, /--http needs a value: --http HOST:PORT/);
  });

  void it('refuses a value for a switch', () => {
    assert.match(message('up --json=maybe'), /--json takes no value/);
  });

  void it('asks for a command when there are only options', () => {
    assert.match(message('--frob'), /No command was given/);
  });

  void it('shows help however it is asked for', () => {
    assert.deepEqual(parse(''), { kind: 'help', command: null });
    assert.deepEqual(parse('help'), { kind: 'help', command: null });
    assert.deepEqual(parse('--help'), { kind: 'help', command: null });
    assert.deepEqual(parse('help verify'), { kind: 'help', command: 'verify' });
    assert.deepEqual(parse('verify -h'), { kind: 'help', command: 'verify' });
    assert.deepEqual(parse('-V'), { kind: 'version' });
    assert.match(message('help verfy'), /did you mean verify\?/);
  });
});
