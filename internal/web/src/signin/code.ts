import type {Ticket} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import type {Address} from './address.ts';
import {codeEntry, type CodeEntry} from './entry.ts';
import {form, link} from './fields.ts';
import type {Flow, Step} from './flow.ts';
import {enter} from './proof.ts';

// codeStep signs in with the code that was sent to an address.
export function codeStep(flow: Flow, address: Address, ticket: Ticket): Step {
  const {t} = flow;
  const code = codeEntry(flow, address, ticket);
  return {
    name: 'code', title: t('signin.code_title'), focus: code.field.input, leave: code.stop,
    body: [
      code.lead,
      form(flow, t('signin.sign_in'), code.field, [code.field.element], () => tried(code, proof => enter(flow, proof))),
      code.below,
      h('div', {class: 'links'}, link(t('signin.other_address'), () => flow.begin())),
    ],
  };
}

// tried sends the proof and shows a refusal at the field.
export async function tried(code: CodeEntry, send: (proof: {otpId: string; otp: string}) => Promise<void>): Promise<void> {
  const proof = code.value();
  if (!proof) return;
  try {
    await send(proof);
  } catch (err) {
    code.refused(err);
    throw err;
  }
}
