import {page} from './page.ts';

// t returns the text of a key in the page's language, with {name} replaced by the value
// of that name. A key that is missing shows as itself, which the tests find.
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = page.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
