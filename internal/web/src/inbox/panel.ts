import {h, show} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';

// panel is the form to request codes: for any address, and for numbers that fail.
export function panel(): {form: HTMLElement; failures: HTMLElement} {
  const said = h('p', {role: 'status', class: 'small'});
  const address = h('input', {id: 'address', autocomplete: 'off', spellcheck: false, required: true});
  const form = h('form', {class: 'ask card stack', onSubmit: (event: Event) => {
    event.preventDefault();
    void ask(address.value.trim(), said);
  }},
  h('h2', null, t('inbox.ask')),
  h('div', null, h('label', {htmlFor: 'address'}, t('inbox.address')), address),
  h('div', {class: 'row'}, h('button', {class: 'main'}, t('inbox.send')), page.links.signin !== undefined && h('a', {class: 'button', href: page.links.signin}, t('inbox.signin'))),
  said);
  const failures = h('section', {class: 'play card stack', 'aria-labelledby': 'failures'},
    h('div', null, h('h2', {id: 'failures'}, t('inbox.failures')), h('p', {class: 'soft small'}, t('inbox.failures.lead'))),
    h('ul', {class: 'failures'}, ...(page.data.numbers as string[]).map(number => h('li', null,
      h('button', {type: 'button', onClick: () => void ask(number, said)},
        t(`inbox.script.${number.slice(-4)}`), h('code', {dir: 'ltr'}, number))))));
  return {form, failures};
}

// ask requests a code and shows the result. The message arrives through the stream.
async function ask(to: string, said: Element): Promise<void> {
  show(said);
  said.className = 'small';
  const body = JSON.stringify(to.includes('@') ? {email: to} : {phone: to});
  try {
    const answer = await fetch('/user/otp', {method: 'POST', headers: {'content-type': 'application/json'}, body});
    if (answer.ok) return show(said, t('inbox.asked', {to}));
    const {msg} = await answer.json() as {msg: string};
    show(said, t('inbox.refused', {to, msg}));
  } catch {
    show(said, t('inbox.offline'));
  }
  said.className = 'small error';
}
