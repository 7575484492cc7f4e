import type {TokenPair} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {note} from './fields.ts';
import type {Flow, Step} from './flow.ts';

// recoveryStep shows the new recovery codes, which are shown only now, before it continues.
export function recoveryStep(flow: Flow, pair: TokenPair, codes: string[]): Step {
  const {t} = flow;
  const room = note();
  const said = h('p', {role: 'status', class: 'outcome small'});
  const copy = h('button', {
    type: 'button', class: 'wide',
    async onClick() {
      try {
        await navigator.clipboard.writeText(codes.join('\n'));
        said.textContent = t('signin.recovery_copied');
      } catch {
        said.textContent = t('signin.recovery_by_hand'); // the browser does not allow copying
      }
    },
  }, t('signin.recovery_copy'));
  return {
    name: 'recovery', title: t('signin.recovery_title'),
    body: [
      h('p', null, t('signin.recovery_keep')),
      h('ul', {class: 'recovery', dir: 'ltr'}, ...codes.map(code => h('li', null, h('code', null, code)))),
      said, copy,
      h('button', {type: 'button', class: 'main wide', onClick: () => void flow.work(room.fail, () => flow.done(pair))}, t('signin.recovery_kept')),
      room.element,
    ],
  };
}
