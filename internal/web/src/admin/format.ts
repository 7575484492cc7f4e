import {h} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';

const whole = new Intl.DateTimeFormat(page.locale, {dateStyle: 'medium', timeStyle: 'medium'});
const regions = new Intl.DisplayNames([page.locale], {type: 'region'});

// at returns an element that shows a time in Unix milliseconds.
export function at(milliseconds: number): HTMLElement {
  const time = new Date(milliseconds);
  return h('time', {dateTime: time.toISOString()}, whole.format(time));
}

// on is like at, but shows the day only.
const daily = new Intl.DateTimeFormat(page.locale, {dateStyle: 'medium'});
export function on(milliseconds: number): HTMLElement {
  const time = new Date(milliseconds);
  return h('time', {dateTime: time.toISOString()}, daily.format(time));
}

// count formats a number.
const counting = new Intl.NumberFormat(page.locale);
export const count = (n: number): string => counting.format(n);

// part formats a fraction as a percentage.
const sharing = new Intl.NumberFormat(page.locale, {style: 'percent', maximumFractionDigits: 1});
export const part = (n: number): string => sharing.format(n);

// money formats millionths of a US dollar.
const paying = new Intl.NumberFormat(page.locale, {style: 'currency', currency: 'USD', maximumFractionDigits: 2});
export const money = (n: number): string => paying.format(n / 1e6);

// area returns the name of the country of a plot label.
export function area(label: string): string {
  if (/^[A-Z]{2}$/.test(label)) return regions.of(label) ?? label;
  return page.texts[`admin.label.${label}`] ?? label;
}

// word returns the text for a label, or the label itself, which the documentation explains.
export const word = (label: string): string => page.texts[`admin.label.${label}`] ?? label;

// seconds formats a duration.
export function seconds(n: number): string {
  const [value, unit] = n < 120 ? [n, 'second'] as const : [Math.round(n / 60), 'minute'] as const;
  return new Intl.NumberFormat(page.locale, {style: 'unit', unit, unitDisplay: 'long'}).format(value);
}

// local converts a time to the format of a datetime-local input, and back.
export const fromLocal = (text: string): number | undefined => (text ? new Date(text).getTime() || undefined : undefined);

// status returns a badge with a user's status.
export function status(value: string): HTMLElement {
  return h('span', {class: `badge ${value === 'banned' ? 'error' : 'good'}`}, t(`admin.status.${value}`));
}
