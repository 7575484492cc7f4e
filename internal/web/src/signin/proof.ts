import {ApiError, type LoginReq, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {factorStep} from './factor.ts';
import type {Flow} from './flow.ts';
import {inviteStep} from './invite.ts';
import {secondStep} from './second.ts';

// enter signs in with a proof and continues with everything else the service requires.
export async function enter(flow: Flow, proof: LoginReq): Promise<void> {
  await go(flow, () => flow.solving(captcha => flow.client.login({...proof, captcha})), err => {
    if (err.code === 'mfa_required') return flow.go(secondStep(flow, err, more => enter(flow, {...proof, ...more})));
    // The code is not used up.
    if (err.code === 'forbidden' && proof.otpId && flow.settings.signUp === 'invite') {
      return flow.go(inviteStep(flow, invite => enter(flow, {...proof, invite}), proof.invite ? flow.t('signin.error.invite') : ''));
    }
    throw err;
  });
}

// go signs in and asks for the second factor if there is one.
export async function go(flow: Flow, signIn: () => Promise<TokenPair>, other: (err: ApiError) => void): Promise<void> {
  let pair: TokenPair;
  try {
    pair = await signIn();
  } catch (err) {
    if (!(err instanceof ApiError)) throw err;
    return err.mfaToken ? factorStep(flow, err.mfaToken, err.methods ?? []) : other(err);
  }
  await flow.done(pair);
}
