// phone.ts formats numbers as in their country. It validates nothing: the input goes to the service
// together with the country.
import {table} from './countries.gen.ts';

export interface Country {
  region: string;
  dial: string;
  trunk: string;
  // begins distinguishes its numbers from those of other countries with the same dial code.
  begins?: RegExp;
  // groups are patterns such as "3-3-4"; those with a key are for numbers with that prefix.
  groups: string[];
  special: Record<string, string>;
}

export const countries: Country[] = table.split('\n').map(line => {
  const [region, dial, trunk, begins, groups] = line.split('~') as [string, string, string, string, string];
  const parts = groups ? groups.split('/') : [];
  return {
    region, dial, trunk,
    begins: begins ? new RegExp(`^(?:${begins})`) : undefined,
    groups: parts.filter(p => !p.includes('=')),
    special: Object.fromEntries(parts.filter(p => p.includes('=')).map(p => p.split('=') as [string, string])),
  };
});

export function countryOf(region: string): Country | undefined {
  return countries.find(c => c.region === region);
}

// zeros are the zero digits of the scripts in which numbers are typed.
const zeros = [...'0٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０'].map(z => z.codePointAt(0)!);

// western replaces the digits and the plus of other scripts by ASCII.
export function western(text: string): string {
  return text.replace(/[\p{Nd}＋]/gu, c => {
    const code = c.codePointAt(0)!;
    const zero = zeros.find(z => code >= z && code < z + 10);
    return c === '＋' ? '+' : zero === undefined ? c : String(code - zero);
  });
}

export const digitsOf = (text: string): string => western(text).replace(/[^0-9]/g, '');

// format groups the digits of a number as in its country.
export function format(digits: string, country: Country): string {
  const {trunk} = country;
  if (trunk && digits.startsWith(trunk)) return trunk + grouped(digits.slice(trunk.length), country, trunk !== '0');
  return grouped(digits, country, false);
}

function grouped(digits: string, country: Country, spaced: boolean): string {
  const pattern = country.special[digits.slice(0, 2)] ?? country.groups.find(g => total(g) >= digits.length) ?? country.groups.at(-1);
  if (!pattern || !digits) return digits;
  let out = spaced ? ' ' : '', at = 0;
  const parts = pattern.split(/(\D)/);
  for (let i = 0; i < parts.length && at < digits.length; i += 2) {
    const last = i + 2 >= parts.length;
    const end = last ? digits.length : at + Number(parts[i]);
    out += (i > 0 ? parts[i - 1] : '') + digits.slice(at, end);
    at = end;
  }
  return out;
}

const total = (pattern: string): number => pattern.split(/\D/).reduce((sum, n) => sum + Number(n), 0);

// international splits a number with a dial code into country and rest. If several countries share
// the code, it chooses the one whose prefix matches, the current one, or the main one.
export function international(digits: string, at?: Country): {country: Country; rest: string} | undefined {
  for (let length = 1; length <= 3; length++) {
    const dial = digits.slice(0, length);
    const all = dial.length === length ? countries.filter(c => c.dial === dial) : [];
    if (!all.length) continue;
    const rest = digits.slice(length);
    const country = all.find(c => c.begins?.test(rest)) ?? (at?.dial === dial && !at.begins ? at : all[0]!);
    return {country, rest};
  }
  return undefined;
}

export interface PhoneNumber {
  country: Country;
  // digits are in national format.
  digits: string;
}

// read parses a pasted or autofilled number in any form: with or without a dial code, after "tel:"
// or other words, with a trunk prefix in parentheses.
export function read(text: string, at: Country): PhoneNumber | undefined {
  const plain = western(text).replace(/\p{Cf}/gu, '');
  const runs = plain.match(/\+?\s*\(?\d[\d\s().\-/‐-―]*/gu) ?? [];
  const found = runs.reduce((best, run) => (digitsOf(run).length > digitsOf(best).length ? run : best), '').trim();
  let digits = digitsOf(found);
  if (!digits) return undefined;
  if (!/^(\+|00)/.test(found)) return {country: at, digits};
  if (!found.startsWith('+')) digits = digits.slice(2);
  const parts = international(digits, at);
  if (!parts) return undefined;
  const {country} = parts;
  const bracketed = country.trunk && found.includes(`(${country.trunk})`);
  return {country, digits: bracketed && parts.rest.startsWith(country.trunk) ? parts.rest.slice(country.trunk.length) : parts.rest};
}

// caret returns the cursor position after reformatting: behind the same number of digits.
export function caret(text: string, digits: number): number {
  let at = 0;
  for (let seen = 0; at < text.length && seen < digits; at++) if (/[0-9+]/.test(text[at]!)) seen++;
  return at;
}
