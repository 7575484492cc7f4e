import {h, show} from '../common/dom.ts';
import {app, page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {Card, type Ask, type Message} from './card.ts';
import {panel} from './panel.ts';

// most is the maximum number of cards; older ones are removed.
const most = 300;
// again is the delay before the stream is reopened if the browser gives up.
const again = 3000;

const cards = new Map<string, Card>();
const list = h('ol', {class: 'cards'});
const empty = h('p', {class: 'empty soft', hidden: true});
const state = h('span', {class: 'state soft small', role: 'status'}, t('inbox.lost'));
const filter = h('input', {
  id: 'filter', type: 'search', autocomplete: 'off', spellcheck: false, value: new URLSearchParams(location.search).get('to') ?? '', onInput: sift,
});

const {form, failures} = panel();
show(app,
  h('header', null,
    h('div', null, h('h1', null, t('inbox.heading')), h('p', {class: 'soft'}, t('inbox.lead'))),
    state),
  h('div', {class: 'columns'},
    form,
    h('section', {class: 'list stack', 'aria-label': t('inbox.heading')},
      h('div', null, h('label', {htmlFor: 'filter'}, t('inbox.filter')), filter),
      empty, list),
    failures));

// cardOf returns the card of an id, creating it if necessary.
function cardOf(id: string, at: number): Card {
  let card = cards.get(id);
  if (card) return card;
  card = new Card(at);
  cards.set(id, card);
  const later = [...list.children].find(e => Number((e as HTMLElement).dataset.at) <= at);
  list.insertBefore(card.element, later ?? null);
  if (cards.size > most) drop();
  return card;
}

function drop(): void {
  const last = list.lastElementChild;
  for (const [id, card] of cards) if (card.element === last) cards.delete(id);
  last?.remove();
}

// sift shows the cards of the filtered address, and says so if there are none.
function sift(): void {
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const card of cards.values()) {
    card.element.hidden = !card.to.toLowerCase().includes(wanted);
    if (!card.element.hidden) shown++;
  }
  empty.textContent = t(wanted ? 'inbox.none' : 'inbox.empty');
  empty.hidden = shown > 0;
}

function connect(): void {
  const stream = new EventSource('/dev/inbox/stream');
  stream.addEventListener('message', event => {
    const message = JSON.parse(event.data) as Message;
    cardOf(message.id, message.at * 1000).come(message);
  });
  stream.addEventListener('ask', event => {
    const ask = JSON.parse(event.data) as Ask;
    cardOf(ask.id, ask.at).became(ask);
  });
  stream.addEventListener('ready', () => {
    say(true);
    sift();
  });
  stream.addEventListener('error', () => {
    say(false);
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, again);
  });
}

function say(live: boolean): void {
  state.textContent = t(live ? 'inbox.live' : 'inbox.lost');
  state.classList.toggle('on', live);
}

connect();
