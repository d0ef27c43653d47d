/** Small drawings beside names; they say nothing that the name does not. */
import { h } from './dom.js';

/** @type {Record<string, string>} */
const PATHS = {
  brand: 'M3 16c4 0 4-9 8-9s4 9 8 9',
  overview: 'M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z',
  interventions: 'M14.500 6.500a4 4 0 0 0-5.200 5.200L4 17l3 3 5.300-5.300a4 4 0 0 0 5.200-5.200L15 12l-3-3z',
  sites: 'M3 20h18M5 20V9l7-5 7 5v11M10 20v-6h4v6',
  stock: 'M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8',
  customers:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM3 20c0-3.500 2.700-6 6-6s6 2.500 6 6M16 4.500a3.500 3.500 0 0 1 0 6M18 14.500c2 .9 3 3 3 5.500',
  alerts:
    'M12 4a5.500 5.500 0 0 0-5.500 5.500c0 5-2 6-2 6h15s-2-1-2-6A5.500 5.500 0 0 0 12 4zM10 19a2 2 0 0 0 4 0',
  quality: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 11.500l2.300 2.300L15.500 9.500',
  pipeline: 'M4 7h5M4 17h5M15 12h5M9 5h6v14H9z',
  sql: 'M7 8l-4 4 4 4M17 8l4 4-4 4M14 5l-4 14',
};

/** @param {string} name */
export const icon = (name) =>
  h(
    'svg',
    { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    h('path', { d: PATHS[name] ?? '' }),
  );
