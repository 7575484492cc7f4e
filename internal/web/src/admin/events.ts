import type {AuditEvent} from '../../../../clients/ts/src/index.ts';
import {h, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {link} from './router.ts';

// Event types that an administrator should check.
const alarming = /_failed$|^(limited|refresh_reused|passkey_cloned|banned|mfa_reset|password_reset_asked|client_refused|budget_alert|account_deleted)/;

// eventName returns the type of an event, as in the documentation, and its reason.
export function eventName(e: AuditEvent): HTMLElement {
  return h('span', {class: alarming.test(e.type) ? 'strong warn' : 'strong'}, h('code', null, e.type), e.reason && ' ', e.reason && h('bdi', {class: 'soft'}, e.reason));
}

// eventDetails shows the other fields of an event, each with a link to similar events.
export function eventDetails(e: AuditEvent): Child[] {
  const parts: [string, string | undefined, HTMLElement | undefined][] = [
    ['address', e.to, e.to ? search({address: e.to}, e.to.slice(0, 8)) : undefined],
    ['ip', e.ip, e.ip ? search({ip: e.ip}, e.ip) : undefined],
    ['requestId', e.requestId, e.requestId ? search({requestId: e.requestId}, e.requestId.slice(0, 8)) : undefined],
    ['actor', e.actorId ? String(e.actorId) : e.actor, e.actorId ? h('a', {href: link(`user/${e.actorId}`)}, String(e.actorId)) : undefined],
    ['session', e.sessionId, undefined],
  ];
  return parts.filter(([, value]) => value).flatMap(([name, value, element], i) =>
    [i > 0 && ' · ', `${t(`admin.field.${name}`)} `, element ?? h('bdi', null, value!)]);
}

function search(params: Record<string, string>, text: string): HTMLElement {
  return h('a', {href: link('trail', params)}, h('bdi', null, text));
}
