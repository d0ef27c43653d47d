/** Alerts of a running process, over its HTTP port. */
import type { ChannelHealth } from '../services/alerting/channel-worker.ts';
import type { Mute } from '../services/alerting/mute.ts';
import type { AlertsClient, CaseView } from './alerts-client.ts';
import type { AskProcess } from './http-analytics.ts';

export function connectAlerts(ask: AskProcess): AlertsClient {
  const part = (text: string): string => encodeURIComponent(text);
  return {
    cases: async ({ all }) => {
      const answer = await ask({ path: `/api/alerts/cases?state=${all ? 'all' : 'open'}` });
      return (answer as { cases: readonly CaseView[] }).cases;
    },
    act: async ({ case: id, ...body }) =>
      (await ask({ path: `/api/alerts/cases/${part(id)}`, body })) as CaseView,
    mutes: async () => ((await ask({ path: '/api/alerts/mutes' })) as { mutes: readonly Mute[] }).mutes,
    mute: async (body) => (await ask({ path: '/api/alerts/mutes', body })) as Mute,
    unmute: async ({ id }) => (await ask({ path: `/api/alerts/mutes/${part(id)}/lift`, body: {} })) as Mute,
    channels: async () =>
      ((await ask({ path: '/api/alerts/channels' })) as { channels: readonly ChannelHealth[] }).channels,
    test: async ({ channel }) =>
      (await ask({ path: `/api/alerts/channels/${part(channel)}/test`, body: {} })) as {
        channel: string;
        kind: string;
      },
  };
}
