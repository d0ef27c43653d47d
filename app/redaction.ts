/** Takes secrets out of text that is about to be printed, logged or sent. */

const HIDDEN = '***';

/** Shorter secrets are hidden only where they stand as a password, or every line would be full of stars. */
const SHORTEST_SECRET_FOUND_ANYWHERE = 4;

const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"']*):[^\s/?#"']*@/gi;

const NAMED_SECRET =
  /("?\b(?:password|passwd|pass|pwd|secret|token|api_?key|authorization)"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|[^\s",;{}[\]]+)/gi;

const SQL_PASSWORD = /(identified\s+by\s+)'[^']*'/gi;

export type Redact = (text: string) => string;

/** Hides the given secrets, in every form in which they occur, and whatever looks like a password. */
export function createRedaction(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET_FOUND_ANYWHERE)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  const literals = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => {
    let redacted = text;
    for (const literal of literals) redacted = redacted.replaceAll(literal, HIDDEN);
    return redacted
      .replace(URL_PASSWORD, `$1:${HIDDEN}@`)
      .replace(SQL_PASSWORD, `$1'${HIDDEN}'`)
      .replace(NAMED_SECRET, (_, name: string, value: string) => {
        // In JSON the replacement must stay a JSON value, also for a number or null.
        const quoted = value.startsWith('"') || /"\s*:\s*$/.test(name);
        return quoted ? `${name}"${HIDDEN}"` : `${name}${HIDDEN}`;
      });
  };
}
