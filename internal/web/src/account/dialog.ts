import {h, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';

let count = 0;

// openDialog shows a dialog with a title and returns it. It is removed when it closes. The browser
// traps the focus, closes the dialog on Escape, and restores the focus.
export function openDialog(title: string, ...children: Child[]): HTMLDialogElement {
  const id = `dialog-${++count}`;
  const dialog = h('dialog', {class: 'card', 'aria-labelledby': id}, h('div', {class: 'stack'}, h('h2', {id}, title), ...children));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// confirm asks before an operation that cannot be undone, and resolves with the user's decision.
export function confirm(title: string, text: string, action: string): Promise<boolean> {
  return new Promise(resolve => {
    const dialog = openDialog(
      title, h('p', null, text),
      h('div', {class: 'row end'},
        h('button', {type: 'button', onclick: () => dialog.close()}, t('account.cancel')),
        h('button', {type: 'button', class: 'danger', onclick: () => dialog.close('yes')}, action)),
    );
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'));
  });
}
