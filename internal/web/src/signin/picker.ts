import {h, show} from '../common/dom.ts';
import type {Flow} from './flow.ts';
import {countries, type Country} from './phone.ts';

let made = 0;

export interface Picker {
  element: HTMLElement;
  // set changes the selected country.
  set(country: Country): void;
}

// plain returns a name without accents and case, for searching.
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

// names returns the names of countries in a language, as far as the browser knows them.
function names(locale: string): (region: string) => string {
  const known = new Intl.DisplayNames([locale], {type: 'region', fallback: 'code'});
  return region => known.of(region) ?? region;
}

// offered returns the countries to which codes are sent.
export function offered(flow: Flow): Country[] {
  const {regions} = flow.settings;
  return regions?.length ? countries.filter(c => regions.includes(c.region)) : countries;
}

// picker is the button with the dial code, which opens a searchable list of countries.
export function picker(flow: Flow, first: Country, chosen: (country: Country) => void): Picker {
  const {t} = flow;
  const all = offered(flow);
  const name = names(flow.options.locale);
  let country = first;
  const label = h('span', {dir: 'ltr'});
  const button = h('button', {type: 'button', class: 'country', 'aria-haspopup': 'dialog', onClick: open, disabled: all.length < 2}, label);
  const set = (next: Country) => {
    country = next;
    show(label, h('span', {class: 'soft'}, next.region), ` +${next.dial}`);
    button.setAttribute('aria-label', t('signin.country_is', {name: name(next.region), dial: next.dial}));
  };
  set(first);

  function open() {
    const dialog = list(flow, all, name, country, next => {
      set(next);
      chosen(next);
    });
    button.after(dialog);
    dialog.addEventListener('close', () => dialog.remove());
    dialog.showModal();
  }
  return {element: h('div', {class: 'picker'}, button), set};
}

// list is the dialog: a search field whose arrow keys move through the countries below.
function list(flow: Flow, all: Country[], name: (region: string) => string, current: Country, pick: (country: Country) => void): HTMLDialogElement {
  const {t} = flow;
  const id = `countries-${++made}`;
  const english = names('en');
  const sorted = all.map(country => ({country, name: name(country.region)}))
    .sort((a, b) => a.name.localeCompare(b.name, flow.options.locale))
    .map(one => ({...one, words: plain(`${one.name} ${english(one.country.region)}`).split(/[\s,()&-]+/).concat(one.country.region.toLowerCase(), one.country.dial)}));
  const box = h('ul', {id, role: 'listbox', 'aria-label': t('signin.country')});
  const none = h('p', {class: 'soft', role: 'status'});
  const search = h('input', {
    type: 'text', role: 'combobox', 'aria-label': t('signin.country_search'), placeholder: t('signin.country_search'), autocomplete: 'off', spellcheck: false,
    'aria-controls': id, 'aria-expanded': 'true', 'aria-autocomplete': 'list', onInput: fill, onKeydown: key,
  });
  const dialog = h('dialog', {class: 'countries', 'aria-label': t('signin.country')},
    h('div', {class: 'row'}, search, h('button', {type: 'button', class: 'link', onClick: () => dialog.close()}, t('signin.close'))), none, box);
  // A click outside the dialog closes it.
  dialog.addEventListener('click', event => event.target === dialog && dialog.close());
  let options: HTMLElement[] = [];
  let shown: Country[] = [];
  let at = 0;

  function fill() {
    const wanted = plain(search.value.replace('+', '')).trim();
    const rank = (words: string[], whole: string) => (whole.startsWith(wanted) ? 0 : words.some(w => w.startsWith(wanted)) ? 1 : whole.includes(wanted) ? 2 : 3);
    const found = sorted.map((one, order) => ({...one, order, rank: wanted ? rank(one.words, plain(one.name)) : 0}))
      .filter(one => one.rank < 3).sort((a, b) => a.rank - b.rank || a.order - b.order);
    options = found.map(({country, name}) => h('li', {
      id: `${id}-${country.region}`, role: 'option', 'aria-selected': String(country.region === current.region), onClick: () => take(country),
    }, h('span', null, name), h('span', {class: 'soft', dir: 'ltr'}, `+${country.dial}`)));
    show(box, ...options);
    none.textContent = found.length ? '' : t('signin.country_none');
    at = wanted ? 0 : Math.max(0, found.findIndex(one => one.country.region === current.region));
    shown = found.map(one => one.country);
    mark();
  }

  function mark() {
    options.forEach((option, i) => option.classList.toggle('at', i === at));
    search.setAttribute('aria-activedescendant', options[at]?.id ?? '');
    options[at]?.scrollIntoView({block: 'nearest'});
  }
  function take(country: Country) {
    dialog.close();
    pick(country);
  }
  function key(event: KeyboardEvent) {
    const steps: Record<string, number> = {ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8};
    const step = steps[event.key];
    if (event.key === 'Enter') {
      event.preventDefault();
      if (shown[at]) take(shown[at]!);
    } else if (step) {
      event.preventDefault();
      at = Math.min(Math.max(at + step, 0), options.length - 1);
      mark();
    }
  }
  fill();
  return dialog;
}
