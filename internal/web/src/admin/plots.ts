import type {StatsResp, StatsSeries} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {field} from './dialog.ts';
import {area, count, money, part, word} from './format.ts';
import {figure, type Line} from './plot.ts';
import {link, type View} from './router.ts';
import {get} from './state.ts';

// ranges are the time ranges and the seconds per step.
const ranges: Record<string, {seconds: number; step: number}> = {
  day: {seconds: 86400, step: 600}, week: {seconds: 7 * 86400, step: 3600}, month: {seconds: 30 * 86400, step: 3600}, year: {seconds: 365 * 86400, step: 86400},
};

// shown is the number of labels with their own colour; the others are added up.
const shown = 5;

// plots shows requests, messages, conversion, cost and refusals over time.
export const plots: View = {
  name: 'plots',
  async show(params) {
    const range = ranges[params.get('range') ?? ''] ? params.get('range')! : 'day';
    const {seconds, step} = ranges[range]!;
    const stats = await get<StatsResp>('/admin/stats', {from: Date.now() - seconds * 1000, to: Date.now(), step});
    const areas = [...new Set(stats.series.filter(s => ['asked', 'sent', 'used'].includes(s.kind)).map(s => s.label))].sort((a, b) => area(a).localeCompare(area(b)));
    const chosen = areas.includes(params.get('area') ?? '') ? params.get('area')! : '';
    const go = (change: Record<string, string>) => (location.hash = link('plots', {range, area: chosen, ...change}));
    const places = h('select', {onchange: () => go({area: places.value})}, h('option', {value: ''}, t('admin.plots.everywhere')),
      ...areas.map(label => h('option', {value: label}, area(label))));
    places.value = chosen;
    const choices = h('div', {class: 'row', role: 'group', 'aria-label': t('admin.plots.range')}, ...Object.keys(ranges).map(name =>
      h('button', {type: 'button', 'aria-pressed': String(name === range), onclick: () => go({range: name})}, t(`admin.range.${name}`))));
    const of = (kind: string) => total(stats, kind, chosen);
    const [asked, sent, used] = [of('asked'), of('sent'), of('used')];
    return [
      h('section', {class: 'card search'}, h('div', {class: 'field'}, choices), field(t('admin.plots.area'), places)),
      figure('codes', stats, [line(t('admin.plots.asked'), asked), line(t('admin.plots.sent'), sent), line(t('admin.plots.used'), used)], 'lines', count, sums),
      figure('conversion', stats, [line(t('admin.plots.conversion'), used.map((n, i) => (sent[i] ? Math.min(1, n / sent[i]!) : NaN)))], 'lines', part,
        () => part(sum(sent) ? Math.min(1, sum(used) / sum(sent)) : 0), 1),
      figure('spend', stats, labels(stats, 'spend', area), 'bars', money, sums),
      figure('refused', stats, labels(stats, 'refused', word), 'bars', count, sums),
      figure('signIns', stats, labels(stats, 'sign_in', word), 'bars', count, sums),
      figure('failed', stats, labels(stats, 'failed', word), 'bars', count, sums),
    ];
  },
};

const line = (name: string, points: number[]): Line => ({name, points});
const sum = (points: number[]): number => points.reduce((a, b) => a + b, 0);
const sums = (l: Line, write: (n: number) => string): string => write(sum(l.points));

function add(points: number[], more: number[]): void {
  more.forEach((n, i) => (points[i] = (points[i] ?? 0) + n));
}

// total returns the sum of a kind, everywhere or in one country.
function total(stats: StatsResp, kind: string, label: string): number[] {
  const points = new Array<number>((stats.to - stats.from) / 1000 / stats.step).fill(0);
  for (const s of stats.series) if (s.kind === kind && (!label || s.label === label)) add(points, s.points);
  return points;
}

// labels returns the lines of a kind: the greatest ones, and the sum of the rest.
function labels(stats: StatsResp, kind: string, write: (label: string) => string): Line[] {
  const all: StatsSeries[] = stats.series.filter(s => s.kind === kind);
  const own = all.filter(s => s.label !== 'other').slice(0, shown);
  const lines = own.map(s => line(write(s.label), s.points));
  const rest: number[] = [];
  for (const s of all) if (!own.includes(s)) add(rest, s.points);
  if (rest.length > 0) lines.push(line(word('other'), rest));
  return lines;
}
