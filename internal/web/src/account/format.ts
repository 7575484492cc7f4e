import {h} from '../common/dom.ts';
import {page} from '../common/page.ts';

const whole = new Intl.DateTimeFormat(page.locale, {dateStyle: 'medium', timeStyle: 'short'});
const day = new Intl.DateTimeFormat(page.locale, {dateStyle: 'medium'});
const relative = new Intl.RelativeTimeFormat(page.locale, {numeric: 'auto'});
const units: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86400], ['hour', 3600], ['minute', 60]];

// date formats a day.
export const date = (seconds: number): string => day.format(seconds * 1000);

// ago formats how long ago something was, for the last week; earlier times are formatted as a day.
export function ago(seconds: number): string {
  const past = Math.max(0, Date.now() / 1000 - seconds);
  if (past > 7 * 86400) return date(seconds);
  const [unit, length] = units.find(([, n]) => past >= n) ?? ['minute', 60];
  return relative.format(-Math.floor(past / length), unit);
}

// when returns an element that shows how long ago something was, and when.
export function when(seconds: number): HTMLElement {
  const at = new Date(seconds * 1000);
  return h('time', {dateTime: at.toISOString(), title: whole.format(at)}, ago(seconds));
}

// at returns an element that shows a time.
export function at(milliseconds: number): HTMLElement {
  const time = new Date(milliseconds);
  return h('time', {dateTime: time.toISOString()}, whole.format(time));
}
