/** A process that has finished its work must end; when something keeps it, that is said, and it ends all the same. */
const PATIENCE_MS = 10_000;

/** Called last. `say` gets one line that names what is still open. */
export function endProcess(exitCode: number, say: (line: string) => void): void {
  process.exitCode = exitCode;
  setTimeout(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
    say(`dolistream finished but could not close: ${open}. Please report this.`);
    process.exit();
  }, PATIENCE_MS).unref();
}
