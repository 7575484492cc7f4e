import type {AuditEvent, ListEventsResp} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {alertBox, field, tell} from './dialog.ts';
import {eventDetails, eventName} from './events.ts';
import {at, fromLocal} from './format.ts';
import {link, type View} from './router.ts';
import {get} from './state.ts';
import {pages, table} from './table.ts';

const size = 50;
const texts = ['userId', 'address', 'ip', 'type', 'requestId'] as const;

// trail searches the audit trail.
export const trail: View = {
  name: 'trail',
  async show(params) {
    const value = (name: string) => params.get(name) ?? '';
    const inputs = Object.fromEntries(texts.map(name => [name, h('input', {value: value(name), autocomplete: 'off', spellcheck: false, inputMode: name === 'userId' ? 'numeric' : 'text', maxLength: 254})]));
    const from = h('input', {type: 'datetime-local', step: '1', value: value('from')});
    const to = h('input', {type: 'datetime-local', step: '1', value: value('to')});
    const form = h('form', {class: 'search many', role: 'search', onsubmit: (event: Event) => {
      event.preventDefault();
      location.hash = link('trail', {...Object.fromEntries(texts.map(name => [name, inputs[name]!.value.trim()])), from: from.value, to: to.value});
    }},
    ...texts.map(name => field(t(`admin.field.${name}`), inputs[name]!)),
    field(t('admin.field.from'), from), field(t('admin.field.to'), to),
    h('div', {class: 'row'}, h('button', {class: 'main'}, t('admin.find')), h('a', {class: 'button', href: link('trail')}, t('admin.trail.clear'))));
    const shown = table<AuditEvent>(t('admin.view.trail'), [
      {title: t('admin.trail.when'), cell: e => at(e.at)},
      {title: t('admin.trail.what'), cell: eventName},
      {title: t('admin.field.userId'), cell: e => (e.userId ? h('a', {href: link(`user/${e.userId}`)}, String(e.userId)) : '–')},
      {title: t('admin.trail.details'), cell: eventDetails},
    ]);
    const list = await pages(shown.element, t('admin.trail.none'), async cursor => {
      const query = {...Object.fromEntries(texts.map(name => [name, value(name)])), from: fromLocal(value('from')), to: fromLocal(value('to')), cursor, limit: size};
      const {events, next} = await get<ListEventsResp>('/admin/events', query);
      return {items: events, next};
    }, shown.add).catch(err => {
      // The form stays, so that the user can correct it.
      const box = alertBox();
      tell(box, err);
      return box;
    });
    return [h('section', {class: 'card'}, form), h('section', {class: 'card stack'}, list)];
  },
};
