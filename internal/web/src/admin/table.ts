import {h, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {alertBox, busy} from './dialog.ts';

// Column is a column of a table: its heading and its cell for an item.
export interface Column<T> {
  title: string;
  cell: (item: T) => Child | Child[];
}

// Page is an answer with items, and the cursor of the next page.
export interface Page<T> {
  items: T[];
  next?: string;
}

// table shows items in columns. On a narrow screen each row is a card whose cells have labels; ARIA
// roles keep it a table for screen readers.
export function table<T>(caption: string, columns: Column<T>[]): {element: HTMLTableElement; add: (items: T[]) => HTMLElement[]} {
  const body = h('tbody', {role: 'rowgroup'});
  const element = h('table', {role: 'table'}, h('caption', {class: 'hidden'}, caption),
    h('thead', {role: 'rowgroup'}, h('tr', {role: 'row'}, ...columns.map(c => h('th', {role: 'columnheader', scope: 'col'}, c.title)))), body);
  const add = (items: T[]) => {
    const rows = items.map(item => h('tr', {role: 'row', tabIndex: -1}, ...columns.map(c => {
      const cell = c.cell(item);
      return h('td', {role: 'cell', 'data-label': c.title}, ...(Array.isArray(cell) ? cell : [cell]));
    })));
    body.append(...rows);
    return rows;
  };
  return {element, add};
}

// pages reads a list page by page, with a cursor. shown adds items and returns their elements; the
// first one added by the button gets the focus.
export async function pages<T>(list: HTMLElement, none: string, read: (cursor: string | undefined) => Promise<Page<T>>, shown: (items: T[]) => HTMLElement[]): Promise<HTMLElement> {
  const box = alertBox();
  let next: string | undefined;
  const more = h('button', {type: 'button', onclick: () => busy(more, box, async () => (await step())[0]?.focus())}, t('admin.more'));
  const step = async (): Promise<HTMLElement[]> => {
    const page = await read(next);
    next = page.next;
    more.hidden = !next;
    return shown(page.items);
  };
  const first = await step();
  if (first.length === 0 && !next) return h('p', {class: 'soft'}, none);
  return h('div', {class: 'stack'}, list, box, h('div', {class: 'row'}, more));
}
