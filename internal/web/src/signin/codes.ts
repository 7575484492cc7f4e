import {ApiError, type Ticket} from '../../../../clients/ts/src/index.ts';
import type {Address} from './address.ts';
import type {Flow} from './flow.ts';
import {western} from './phone.ts';

// codeIn finds the code in typed or pasted text: digits with spaces or hyphens in between, or the
// whole message.
export function codeIn(text: string, length: number): string {
  const plain = western(text).trim();
  if (/^[\d\s\-‐-―]*$/.test(plain)) return plain.replace(/\D/g, '');
  const runs = plain.match(/\d+(?:[ \-]\d+)*/g) ?? [];
  const codes = runs.map(run => run.replace(/\D/g, ''));
  return codes.find(code => code.length === length) ?? codes.find(code => code.length >= 4 && code.length <= 10) ?? '';
}

// clock formats a wait, such as 4:59.
export function clock(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

// askFor requests a code for an address. If the answer to the last request was lost, it uses the
// open challenge.
export async function askFor(flow: Flow, address: Address, purpose?: 'reset', channel?: string): Promise<Ticket> {
  const usual = flow.settings.channels[0];
  channel ??= address.phone && usual !== 'sms' ? usual : undefined;
  try {
    return await flow.solving(captcha => flow.client.otp({...address, purpose, channel, captcha}));
  } catch (err) {
    if (!(err instanceof ApiError) || !err.otpId) throw err;
    const {otpId} = err;
    return {otpId, to: address.email ?? address.phone ?? '', ...await flow.client.status(otpId)};
  }
}
