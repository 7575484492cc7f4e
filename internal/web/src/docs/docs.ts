// The page works without this script, which adds a search over the operations and opens the target
// of a link.
import {h} from '../common/dom.ts';

const entries = [...document.querySelectorAll<HTMLDetailsElement>('main details')];
const groups = [...document.querySelectorAll<HTMLElement>('main section')];

const found = h('p', { role: 'status', class: 'soft' });
const field = h('input', { id: 'search', type: 'search', autocomplete: 'off', oninput: filter });

function filter(): void {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const entry of entries) {
    const text = (entry.querySelector('summary')?.textContent ?? '').toLowerCase();
    entry.hidden = !words.every(word => text.includes(word));
    if (!entry.hidden) left++;
  }
  for (const group of groups) group.hidden = !group.querySelector('details:not([hidden])');
  found.textContent = words.length > 0 ? `${left} found` : '';
}

document.querySelector('main nav')?.before(h('div', { role: 'search' }, h('label', { for: 'search' }, 'Search'), field, found));

function open(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}
addEventListener('hashchange', open);
open();
