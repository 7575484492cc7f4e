import {h, svg} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';

// Line is one series of a plot.
export interface Line {
  name: string;
  points: number[];
}

// Span is the time range of a plot in Unix milliseconds, and the seconds per point.
export interface Span {
  from: number;
  to: number;
  step: number;
}

type Write = (n: number) => string;
type Shape = 'lines' | 'bars';

const height = 200;
const edge = {top: 8, bottom: 24, left: 4, right: 4};

// figure shows a plot with its title, the totals of its lines, and the numbers as a table for users
// who cannot see the plot or want the numbers. most is the maximum of the scale, if it is not the
// greatest number.
export function figure(name: string, span: Span, lines: Line[], shape: Shape, write: Write, sum: (l: Line, write: Write) => string, most?: number): HTMLElement {
  const empty = lines.every(l => l.points.every(n => !n));
  const id = `plot-${name}`;
  const legend = h('ul', {class: 'legend'}, ...lines.map((l, i) => h('li', null, key(i, shape), h('span', null, h('bdi', null, l.name)), h('strong', null, sum(l, write)))));
  const body = empty ? h('p', {class: 'soft nothing'}, t('admin.plots.nothing')) : drawn(id, span, lines, shape, write, most);
  return h('section', {class: 'card stack', 'aria-labelledby': id}, h('h2', {id}, t(`admin.plots.${name}Title`)), h('p', {class: 'soft small'}, t(`admin.plots.${name}Text`)),
    !empty && legend, body, !empty && numbers(id, span, lines, write));
}

// key shows the colour of a series, and the dashes of its line.
function key(i: number, shape: Shape): SVGElement {
  return svg('svg', {class: 'key', viewBox: '0 0 24 12', 'aria-hidden': 'true'},
    shape === 'bars' ? svg('rect', {class: `fill c${i}`, width: 24, height: 12, rx: 3}) : svg('line', {class: `line c${i}`, x1: 1, x2: 23, y1: 6, y2: 6}));
}

// drawn returns the drawing. It is redrawn for every width, so that its texts keep their size.
function drawn(id: string, span: Span, lines: Line[], shape: Shape, write: Write, most?: number): HTMLElement {
  const box = h('div', {class: 'plot'});
  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth === width || !box.clientWidth) return;
    width = box.clientWidth;
    box.replaceChildren(draw(id, width, span, lines, shape, write, most));
  }).observe(box);
  return box;
}

function draw(id: string, width: number, span: Span, lines: Line[], shape: Shape, write: Write, most?: number): SVGElement {
  const count = lines[0]?.points.length ?? 0;
  const top = most ?? nice(Math.max(...heights(lines, count, shape)));
  const x = (i: number) => edge.left + i * ((width - edge.left - edge.right) / count);
  const y = (n: number) => height - edge.bottom - (n / top) * (height - edge.top - edge.bottom);
  const marks = [0, top / 2, top].map(n => svg('g', null, svg('line', {class: 'grid', x1: edge.left, x2: width - edge.right, y1: y(n), y2: y(n)}),
    n > 0 && svg('text', {class: 'scale', x: edge.left + 2, y: y(n) + 14}, write(n))));
  const times = [0, 0.5, 1].map(at => svg('text', {class: 'scale', x: edge.left + at * (width - edge.left - edge.right), y: height - 6, 'text-anchor': ['start', 'middle', 'end'][at * 2]},
    moment(span.from + at * (span.to - span.from), span)));
  const shapes = shape === 'lines' ? lines.map((l, i) => svg('path', {class: `line c${i}`, d: path(l.points, at => x(at + 0.5), y)})) : bars(lines, count, x, y);
  return svg('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-labelledby': id}, ...marks, ...shapes, ...times);
}

// heights returns the greatest numbers to draw; for stacked bars, the sums.
function heights(lines: Line[], count: number, shape: Shape): number[] {
  if (shape === 'lines') return lines.flatMap(l => l.points.filter(n => n >= 0));
  return Array.from({length: count}, (_, i) => lines.reduce((sum, l) => sum + (l.points[i] ?? 0), 0));
}

// nice returns the next round number.
function nice(n: number): number {
  if (!(n > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(n));
  return power * [1, 2, 4, 10].find(factor => factor * power >= n)!;
}

// path joins the points that have values.
function path(points: number[], x: (i: number) => number, y: (n: number) => number): string {
  let open = false;
  return points.map((n, i) => {
    if (Number.isNaN(n)) {
      open = false;
      return '';
    }
    const command = open ? 'L' : 'M';
    // A point without neighbours is drawn as a dot.
    const dot = !open && !(points[i + 1]! >= 0) ? 'h.01' : '';
    open = true;
    return `${command}${x(i).toFixed(1)} ${y(n).toFixed(1)}${dot}`;
  }).join('');
}

// bars draws stacked bars, one path per series.
function bars(lines: Line[], count: number, x: (i: number) => number, y: (n: number) => number): SVGElement[] {
  const base = new Array<number>(count).fill(0);
  const gap = x(1) - x(0) > 4 ? 1 : 0;
  return lines.map((l, i) => svg('path', {class: `fill c${i}`, d: l.points.map((n, at) => {
    if (!n) return '';
    const from = base[at]!;
    base[at] = from + n;
    return `M${x(at).toFixed(1)} ${y(from).toFixed(1)}V${y(from + n).toFixed(1)}H${(x(at + 1) - gap).toFixed(1)}V${y(from).toFixed(1)}Z`;
  }).join('')}));
}

// moment formats a time for a scale; short ranges include the hour.
function moment(at: number, span: Span): string {
  const long = span.to - span.from > 8 * 86400e3;
  return new Intl.DateTimeFormat(page.locale, long ? {dateStyle: 'medium', ...(span.step === 86400 && {timeZone: 'UTC'})} : {weekday: 'short', hour: 'numeric', minute: '2-digit'}).format(at);
}

// numbers returns the table of a plot. Its rows are created when it is opened; empty rows are
// omitted.
function numbers(id: string, span: Span, lines: Line[], write: Write): HTMLElement {
  const body = h('tbody');
  const when = new Intl.DateTimeFormat(page.locale, span.step === 86400 ? {dateStyle: 'medium', timeZone: 'UTC'} : {dateStyle: 'medium', timeStyle: 'short'});
  const fill = () => {
    if (body.childElementCount > 0) return;
    for (let i = (lines[0]?.points.length ?? 0) - 1; i >= 0; i--) {
      if (lines.every(l => !l.points[i])) continue;
      body.append(h('tr', null, h('th', {scope: 'row'}, when.format(span.from + i * span.step * 1000)),
        ...lines.map(l => h('td', null, Number.isNaN(l.points[i]!) ? '–' : write(l.points[i]!)))));
    }
  };
  return h('details', {ontoggle: fill}, h('summary', null, t('admin.plots.table')),
    h('div', {class: 'scroll', tabIndex: 0, role: 'group', 'aria-labelledby': id}, h('table', {class: 'numbers'},
      h('thead', null, h('tr', null, h('th', {scope: 'col'}, t('admin.trail.when')), ...lines.map(l => h('th', {scope: 'col'}, h('bdi', null, l.name))))), body)));
}
