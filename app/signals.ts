/** Ctrl-C and `kill` become one AbortSignal; asked a second time, the process ends without cleaning up. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface SignalWatch extends Disposable {
  readonly signal: AbortSignal;
}

export interface SignalActions {
  /** Told once, with the name of the signal. */
  readonly onFirst: (name: string) => void;
  /** Told at the second; must end the process. */
  readonly onSecond: (name: string) => void;
}

/** Watches until disposed. */
export function watchSignals(actions: SignalActions): SignalWatch {
  const controller = new AbortController();
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) {
      actions.onSecond(name);
      return;
    }
    actions.onFirst(name);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
