/** The server's events: how the pipeline is, and that figures have changed. Says when nothing comes any more. */
import { window } from './browser.js';

export const live = {
  /** @type {any} */
  status: null,
  connected: false,
  /** When the connection was last open, ms since epoch. */
  heardAt: Date.now(),
};

/**
 * @param {{onStatus: () => void, onData: () => void}} listeners
 */
export function followLive({ onStatus, onData }) {
  const events = new window.EventSource('/api/live');
  events.addEventListener('open', () => {
    live.connected = true;
    live.heardAt = Date.now();
    onStatus();
  });
  events.addEventListener('error', () => {
    if (live.connected) live.heardAt = Date.now();
    live.connected = false;
    onStatus();
  });
  events.addEventListener('status', (event) => {
    live.status = JSON.parse(event.data);
    onStatus();
  });
  events.addEventListener('data', onData);
}
