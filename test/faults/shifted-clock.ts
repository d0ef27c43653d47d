/**
 * Preloaded into a process: in each of its threads the wall clock is off by as many milliseconds as a file says, as after
 * somebody set the machine's time. Timers and performance.now() go on as they did, as they do on such a machine.
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 20;

const RealDate = Date;
const file = process.env['SHIFTED_CLOCK_FILE'];
let shiftMs = 0;

function look(): void {
  const text = readFileSync(file!, 'utf8');
  // Empty while it is written.
  if (text !== '') shiftMs = Number(text);
}

const now = (): number => RealDate.now() + shiftMs;

if (file !== undefined) {
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], made) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, made) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
}
