import type {CircuitState, ServiceHealthResp} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {at, count, seconds} from './format.ts';
import {again, type View} from './router.ts';
import {get} from './state.ts';
import {table} from './table.ts';

// now shows the current health, as seen by the node that answers.
export const now: View = {
  name: 'now',
  async show() {
    const health = await get<ServiceHealthResp>('/admin/health');
    const circuits = table<CircuitState>(t('admin.now.circuits'), [
      {title: t('admin.now.provider'), cell: c => h('bdi', null, c.provider)},
      {title: t('admin.now.for'), cell: c => c.channel ?? t('admin.now.social')},
      {title: t('admin.users.status'), cell: c => h('span', {class: `badge ${c.state === 'closed' ? 'good' : 'error'}`}, t(`admin.circuit.${c.state}`))},
    ]);
    circuits.add(health.circuits);
    return [
      h('section', {class: 'card stack', 'aria-labelledby': 'parts'}, h('h2', {id: 'parts'}, t('admin.now.parts')),
        h('dl', {class: 'tiles'}, ...Object.entries(health.parts).map(([name, state]) => h('div', null, h('dt', null, t(`admin.part.${name}`)),
          h('dd', null, h('span', {class: `badge ${state === 'ok' ? 'good' : 'error'}`}, t(`admin.state.${state}`)))))),
        h('div', {class: 'row'}, h('button', {type: 'button', onclick: again}, t('admin.now.again')), h('p', {class: 'soft small'}, at(health.at)))),
      h('section', {class: 'card stack', 'aria-labelledby': 'queue'}, h('h2', {id: 'queue'}, t('admin.now.queue')), queue(health)),
      h('section', {class: 'card stack', 'aria-labelledby': 'circuits'}, h('h2', {id: 'circuits'}, t('admin.now.circuits')),
        h('p', {class: 'soft'}, t('admin.now.circuitsText')), circuits.element),
    ];
  },
};

function queue({queue}: ServiceHealthResp): HTMLElement {
  if (!queue) return h('p', {class: 'warn'}, t('admin.now.noQueue'));
  const tiles: [string, string][] = [
    ['waiting', count(queue.waiting)], ['running', count(queue.running)], ['later', count(queue.later)], ['oldest', seconds(queue.oldest)],
  ];
  return h('dl', {class: 'tiles'}, ...tiles.map(([name, value]) => h('div', null, h('dt', null, t(`admin.queue.${name}`)), h('dd', {class: 'big'}, value))));
}
