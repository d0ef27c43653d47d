/** The form that asks for the token, or for name and password: one file without script, since whoever sees it may load nothing else. */
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2530; --soft: #55606e; --paper: #f6f7f9; --card: #fff; --line: #d5dae1; --accent: #1d5fa8; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #a3aebb; --paper: #12171d; --card: #1a2129; --line: #323c48; --accent: #7db4ee; --bad: #ff8a80; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: min(22rem, calc(100vw - 2rem)); box-sizing: border-box; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 .25rem; font-size: 1.25rem; }
p { margin: 0 0 1.25rem; color: var(--soft); font-size: .925rem; }
label { display: block; font-weight: 600; font-size: .875rem; margin-bottom: .375rem; }
input { width: 100%; margin-bottom: .5rem; box-sizing: border-box; font: inherit; padding: .5rem .625rem; border: 1px solid var(--soft); border-radius: 8px; background: transparent; color: inherit; }
button { width: 100%; margin-top: 1rem; font: inherit; font-weight: 600; padding: .5625rem; border: 0; border-radius: 8px; background: var(--accent); color: var(--card); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.bad { color: var(--bad); font-weight: 600; }
`;

/** For the policy: the only style that is not a file. */
export const LOGIN_STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

const WORDS = {
  fr: {
    title: 'Connexion',
    ask: 'Cette page demande le jeton que votre administrateur a choisi.',
    label: 'Jeton',
    askName: 'Entrez votre nom et votre mot de passe (ou le jeton seul).',
    name: 'Nom',
    password: 'Mot de passe ou jeton',
    wrong: "Ce n'est pas le bon.",
    enter: 'Se connecter',
  },
  en: {
    title: 'Log in',
    ask: 'This page needs the token that your administrator has chosen.',
    label: 'Token',
    askName: 'Give your name and your password (or the token alone).',
    name: 'Name',
    password: 'Password or token',
    wrong: 'That is not the right one.',
    enter: 'Log in',
  },
} as const;

/** 401, with the form. */
export function sendLogin(
  reply: FastifyReply,
  {
    locale,
    wrong,
    users,
  }: { readonly locale: 'fr' | 'en'; readonly wrong: boolean; readonly users: boolean },
): FastifyReply {
  const words = WORDS[locale];
  const name = `<label for="user">${words.name}</label>
<input id="user" name="user" autocomplete="username" autocapitalize="none" autofocus>`;
  const html = `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Dolistream · ${words.title}</title><style>${STYLE}</style></head>
<body><main><h1>Dolistream</h1><p>${users ? words.askName : words.ask}</p>
<form method="post" action="/login">${users ? name : ''}<label for="token">${users ? words.password : words.label}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required${users ? '' : ' autofocus'}${wrong ? ' aria-invalid="true" aria-describedby="wrong"' : ''}>
${wrong ? `<p class="bad" id="wrong" role="alert">${words.wrong}</p>` : ''}<button>${words.enter}</button></form></main></body></html>`;
  return reply.code(401).header('Cache-Control', 'no-store').type('text/html; charset=utf-8').send(html);
}
