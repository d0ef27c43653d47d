/** The HTTP port of a running pipeline: listens, and tells other processes of this machine where. */
import { asDolistreamError, DolistreamError } from '../core/errors.ts';
import { buildMonitorApp, type MonitorDeps } from '../services/monitor/build-app.ts';
import type { HostPort } from './option-types.ts';

export interface HttpPort {
  /** Base URL without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws CONFIG_INVALID when the address cannot be listened on. */
export async function openHttpPort(address: HostPort, deps: MonitorDeps): Promise<HttpPort> {
  const app = buildApp(deps);
  try {
    const url = await app.listen({ host: address.host, port: address.port });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new DolistreamError(
      'CONFIG_INVALID',
      `Cannot listen on ${address.host}:${address.port} (${code ?? 'error'})`,
      {
        fix: 'Choose another address with --http HOST:PORT (port 0: any free port), or stop what uses this one.',
        cause: error,
      },
    );
  }
}

function buildApp(deps: MonitorDeps): ReturnType<typeof buildMonitorApp> {
  try {
    return buildMonitorApp(deps);
  } catch (error) {
    if (deps.tls === undefined) throw error;
    throw asDolistreamError(error, 'CONFIG_INVALID', {
      fix: 'Give --http-cert a PEM certificate and --http-key its private key, without a passphrase.',
    });
  }
}
