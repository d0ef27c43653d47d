/**
 * Elements from JavaScript, and a page that changes without jumping. Text from Dolibarr only ever becomes text nodes and
 * attribute values: there is no HTML made of strings anywhere.
 */
import { document } from './browser.js';

const SVG = 'http://www.w3.org/2000/svg';
const DRAWN = new Set(['svg', 'path', 'circle', 'rect', 'line']);

/**
 * An element with attributes and children. `on…` attributes are listeners; false, null and undefined are left out.
 * @param {string} tag
 * @param {Record<string, any> | null} [attributes]
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, attributes, ...children) {
  const element = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(element, name, value);
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof globalThis.Node ? child : String(child));
  }
  return element;
}

/**
 * @param {any} element
 * @param {string} name
 * @param {any} value
 */
function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) {
    element[name] = value;
  } else if (name === 'width%') {
    // By the object model: the policy forbids style attributes.
    element.style.width = `${Math.max(0, Math.min(100, value))}%`;
    element.dataset.width = String(value);
  } else if (name === 'chart') {
    element.chart = value;
  } else {
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

const LISTENERS = ['onclick', 'onchange', 'onsubmit', 'onkeydown', 'oninput', 'ontoggle'];

/**
 * Makes `old` look like `fresh`, touching only what differs: focus, selection, scroll and charts stay.
 * @param {any} old
 * @param {any} fresh
 */
export function patch(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) {
      old.data = fresh.data;
      flash(old.parentElement);
    }
    return;
  }
  if (old.chart && fresh.chart) {
    old.chart.update(fresh.chart.spec);
    return;
  }
  if (Boolean(old.chart) !== Boolean(fresh.chart)) {
    old.replaceWith(fresh);
    return;
  }
  patchAttributes(old, fresh);
  patchChildren(old, fresh);
}

/**
 * @param {any} old
 * @param {any} fresh
 */
function patchAttributes(old, fresh) {
  for (const name of LISTENERS) old[name] = fresh[name];
  if (fresh.dataset?.width !== undefined) old.style.width = fresh.style.width;
  for (const { name } of [...old.attributes]) {
    // What the reader opened stays open.
    if (!fresh.hasAttribute(name) && name !== 'open' && name !== 'style') old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (name !== 'style' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/**
 * @param {any} old
 * @param {any} fresh
 */
function patchChildren(old, fresh) {
  if (old.tagName === 'TEXTAREA' || old.tagName === 'SELECT') return;
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, index) => {
    const present = before[index];
    if (present) patch(present, child);
    else old.append(child);
  });
  for (const extra of before.slice(after.length)) extra.remove();
}

/**
 * A figure that has changed shows it for a moment.
 * @param {any} element
 */
function flash(element) {
  if (!element?.classList.contains('figure')) return;
  element.classList.remove('changed');
  void element.offsetWidth;
  element.classList.add('changed');
}
