import {h} from '../common/dom.ts';
import {field, type Field} from './fields.ts';
import type {Flow} from './flow.ts';
import {caret, countryOf, digitsOf, format, international, read, western, type Country} from './phone.ts';
import {offered, picker} from './picker.ts';

// Address is the form in which the service takes an address.
export interface Address {
  phone?: string;
  region?: string;
  email?: string;
}

export interface AddressField extends Field {
  // value is the input, or nothing if the field shows an error.
  value(): Address | undefined;
}

export interface AddressOptions {
  // kinds are the accepted kinds: phone, email or both.
  kinds: ('phone' | 'email')[];
  hint?: string;
  // autocomplete is set in addition to that of the kind.
  autocomplete?: string;
  first?: string;
}

const isEmail = (text: string): boolean => /[@＠\p{L}]/u.test(text);

// addressField takes a phone number, formatted while it is typed, or an e-mail address. Input that
// cannot be a number switches to e-mail automatically.
export function addressField(flow: Flow, options: AddressOptions): AddressField {
  const {t} = flow;
  const both = options.kinds.length > 1;
  const own = offered(flow);
  let country = own.find(c => c.region === flow.settings.region) ?? own[0] ?? countryOf('US')!;
  let kind = options.kinds[0]!;
  const pick = picker(flow, country, chosen => {
    country = chosen;
    rewrite();
    one.input.focus();
  });
  const one = field('', {autocapitalize: 'none', spellcheck: false, required: true, dir: 'ltr', onInput: typed, onBlur: settle}, options.hint ?? '', pick.element);
  const label = one.element.querySelector('label')!;
  const tabs = options.kinds.map(k => h('button', {
    type: 'button', onClick: () => {
      turn(k);
      one.fail('');
      one.input.focus();
    },
  }, t(`signin.${k}`)));

  function turn(next: 'phone' | 'email') {
    kind = next;
    tabs.forEach((tab, i) => tab.setAttribute('aria-pressed', String(options.kinds[i] === kind)));
    label.textContent = t(kind === 'phone' ? 'signin.phone_label' : 'signin.email_label');
    one.input.inputMode = kind === 'phone' ? 'tel' : 'email';
    one.input.setAttribute('autocomplete', options.autocomplete ?? (kind === 'phone' ? 'tel' : 'email'));
    one.input.name = kind;
    pick.element.hidden = kind !== 'phone';
  }

  function choose(next: Country) {
    if (!own.includes(next)) return false;
    country = next;
    pick.set(next);
    return true;
  }

  // typed formats a number, and parses pasted or autofilled input.
  function typed(event: Event) {
    if (kind !== 'phone' || becomesEmail()) return;
    const {inputType, data} = event as InputEvent;
    const key = inputType?.startsWith('delete') || inputType === 'insertCompositionText' || (inputType === 'insertText' && data?.length === 1);
    if (!key) settle();
    rewrite();
  }

  // becomesEmail switches to e-mail if the input cannot be a number, and removes the spaces of the
  // number format. Words around a number are ignored.
  function becomesEmail(): boolean {
    const {input} = one;
    const text = input.value;
    if (!both || !isEmail(text) || (!/[@＠]/.test(text) && digitsOf(text).length >= 7)) return false;
    const next = text.replace(/(?<=\d)[ -](?=[\d@＠])/g, '').replace('＠', '@').trim();
    if (next !== text) input.value = next;
    turn('email');
    return true;
  }

  // settle removes the dial code from a number that has one.
  function settle() {
    if (kind !== 'phone' || becomesEmail()) return;
    const number = read(one.input.value, country);
    if (!number) return;
    if (number.country === country || choose(number.country)) one.input.value = format(number.digits, country);
  }

  function rewrite() {
    const {input} = one;
    const text = western(input.value);
    const before = text.slice(0, input.selectionStart ?? text.length).replace(/[^0-9+]/g, '').length;
    const plus = text.trimStart().startsWith('+');
    const digits = digitsOf(text);
    const parts = plus ? international(digits, country) : undefined;
    if (parts) choose(parts.country);
    const next = parts ? `+${parts.country.dial} ${format(parts.rest, parts.country)}` : (plus ? '+' : '') + (plus ? digits : format(digits, country));
    if (next === input.value) return;
    input.value = next;
    const at = caret(next, before);
    if (input.matches(':focus')) input.setSelectionRange(at, at);
  }

  function value(): Address | undefined {
    const text = one.input.value.trim();
    if (kind === 'email') {
      if (/^[^\s@]+@[^\s@]+$/.test(text)) return {email: text};
      one.fail(t('signin.error.invalid_email'));
    } else {
      settle();
      const plain = western(one.input.value).trim();
      const digits = digitsOf(plain);
      if (digits.length >= 4) return plain.startsWith('+') ? {phone: `+${digits}`} : {phone: digits, region: country.region};
      one.fail(t('signin.error.invalid_phone'));
    }
    one.input.focus();
    return undefined;
  }

  turn(options.first && both && isEmail(options.first) ? 'email' : kind);
  one.input.value = options.first ?? '';
  settle();
  const element = both ? h('div', null, h('div', {class: 'tabs', role: 'group', 'aria-label': t('signin.kind')}, ...tabs), one.element) : one.element;
  return {...one, element, value};
}
