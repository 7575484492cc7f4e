export type Translate = (key: string, values?: Record<string, string | number>) => string;

// translator returns the function that returns the text of a key, with {name} replaced by the value
// of that name. A missing key is returned unchanged, which the tests detect.
export function translator(texts: Record<string, string>): Translate {
  return (key, values = {}) =>
    (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
