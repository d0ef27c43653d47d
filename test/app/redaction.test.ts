import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRedaction } from '../../app/redaction.ts';

void describe('the redaction', () => {
  const redact = createRedaction(['pa"ss/w0rd', 'ab']);

  void it('hides a known secret in every form: plain, in a URL, in JSON', () => {
    assert.equal(redact('plain pa"ss/w0rd here'), 'plain *** here');
    assert.equal(redact(`url ${encodeURIComponent('pa"ss/w0rd')}`), 'url ***');
    assert.equal(redact(JSON.stringify({ note: 'pa"ss/w0rd' })), '{"note":"***"}');
  });

  void it('hides the password of any URL', () => {
    assert.equal(redact('at mysql://u:hunter2@h:3306/d'), 'at mysql://u:***@h:3306/d');
    assert.equal(redact('at https://h:8080/a@b'), 'at https://h:8080/a@b');
  });

  void it('hides what a password or token is set to, and leaves JSON readable', () => {
    assert.deepEqual(JSON.parse(redact('{"password":"x\\"y","token":null,"apiKey":5,"a":[1]}')), {
      password: '***',
      token: '***',
      apiKey: '***',
      a: [1],
    });
    assert.equal(redact('password=hunter2 next'), 'password=*** next');
    assert.equal(redact("CREATE USER x IDENTIFIED BY 'hunter2'"), "CREATE USER x IDENTIFIED BY '***'");
  });

  void it('does not cut every line to pieces for a secret of two letters', () => {
    assert.equal(redact('a table about nothing'), 'a table about nothing');
  });
});
