import {h} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {openDialog} from './dialog.ts';

// showCodes shows new recovery codes, to be copied or saved as a file. It resolves when the user
// closes them.
export function showCodes(codes: string[]): Promise<void> {
  const said = h('p', {role: 'status', class: 'good'});
  const text = codes.join('\n') + '\n';
  const copy = h('button', {type: 'button', onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = t('account.factors.copied');
    } catch {
      said.textContent = t('account.factors.copyFailed');
    }
  }}, t('account.factors.copy'));
  const keep = h('button', {type: 'button', onclick: () => save(`${page.brand.name}-recovery-codes.txt`, 'text/plain', text)}, t('account.factors.download'));
  return new Promise(resolve => {
    const dialog = openDialog(
      t('account.factors.codesTitle'), h('p', null, t('account.factors.codesText')),
      h('ul', {class: 'codes', dir: 'ltr'}, ...codes.map(code => h('li', null, h('code', null, code)))),
      h('div', {class: 'row'}, copy, keep), said,
      h('div', {class: 'row end'}, h('button', {type: 'button', class: 'main', onclick: () => dialog.close()}, t('account.factors.kept'))),
    );
    dialog.addEventListener('close', () => resolve());
  });
}

// save downloads a file.
export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], {type}));
  h('a', {href: url, download: name.replace(/[^\w.-]+/g, '-')}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
