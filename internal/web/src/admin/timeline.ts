import type {AuditEvent, Delivery, ListDeliveriesResp, ListEventsResp} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {at, area} from './format.ts';
import {eventDetails, eventName} from './events.ts';
import {get} from './state.ts';
import {pages} from './table.ts';

// size is the number of items shown at a time, read the number of events requested.
const size = 25;
const read = 100;

// own are the events that administrators cause by looking here. The audit trail has them.
const own = 'admin_read';

// Item is an event, or a message with its steps.
type Item = {at: number; event: AuditEvent; message?: undefined} | {at: number; event?: undefined; message: Delivery};

// source is one of the two lists to merge, newest first.
class Source {
  private held: Item[] = [];
  private next: string | undefined;
  private begun = false;

  constructor(private readonly read: (cursor: string | undefined) => Promise<{items: Item[]; next?: string}>) {}

  // fill requests the next page when the buffer is empty.
  async fill(): Promise<void> {
    while (this.held.length === 0 && (!this.begun || this.next)) {
      const page = await this.read(this.next);
      this.begun = true;
      this.next = page.next;
      this.held = page.items;
    }
  }

  first = (): Item | undefined => this.held[0];
  take = (): Item => this.held.shift()!;
}

// timeline merges the events of a user with the status of the messages to the user's addresses,
// page by page.
export function timeline(userId: number): Promise<HTMLElement> {
  const events = new Source(async cursor => {
    const {events, next} = await get<ListEventsResp>('/admin/events', {userId, cursor, limit: read});
    return {items: events.filter(event => event.type !== own).map(event => ({at: event.at, event})), next};
  });
  const messages = new Source(async cursor => {
    const {deliveries, next} = await get<ListDeliveriesResp>('/admin/deliveries', {userId, cursor, limit: size});
    return {items: deliveries.map(message => ({at: message.steps[0]?.at ?? 0, message})), next};
  });
  const list = h('ol', {class: 'list'});
  return pages<Item>(list, t('admin.user.nothing'), async () => {
    const items: Item[] = [];
    for (;;) {
      await Promise.all([events.fill(), messages.fill()]);
      const [a, b] = [events.first(), messages.first()];
      if (!a && !b) return {items};
      if (items.length === size) return {items, next: 'more'};
      items.push(!b || (a && a.at >= b.at) ? events.take() : messages.take());
    }
  }, items => {
    const shown = items.map(item => (item.event ? eventItem(item.event) : messageItem(item.message)));
    list.append(...shown);
    return shown;
  });
}

function eventItem(e: AuditEvent): HTMLElement {
  return h('li', {class: 'item', tabIndex: -1}, h('div', {class: 'grow'}, h('p', null, eventName(e)), h('p', {class: 'soft small'}, ...eventDetails(e))),
    h('p', {class: 'soft small'}, at(e.at)));
}

function messageItem(m: Delivery): HTMLElement {
  const steps = m.steps.map(s => h('li', null, h('code', null, s.step), ...[s.provider, s.reason, s.code].filter(part => part).flatMap(part => [' ', h('bdi', null, part)]),
    ' ', h('span', {class: 'soft'}, at(s.at))));
  return h('li', {class: 'item', tabIndex: -1},
    h('div', {class: 'grow'}, h('p', {class: 'strong'}, t('admin.message.title', {channel: m.channel, country: m.country ? area(m.country) : ''})),
      h('ol', {class: 'steps small'}, ...steps)),
    h('p', {class: 'soft small'}, at(m.steps[0]?.at ?? 0)));
}
