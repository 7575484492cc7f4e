import {ApiError} from '../../../../clients/ts/src/index.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';

// known are the codes that have a text. The texts of others would not help a user.
const known = [
  'offline', 'unavailable', 'rate_limited', 'captcha_required', 'invalid_phone', 'invalid_email', 'invalid_username', 'username_taken',
  'phone_taken', 'email_taken', 'weak_password', 'invalid_credentials', 'otp_invalid', 'region_not_allowed', 'last_sign_in_method',
  'link_taken', 'body_too_large', 'unsupported_media_type', 'request_timeout', 'not_found', 'forbidden',
];

// Own are the texts of a form for codes that have a special meaning there.
export type Own = Record<string, string>;

// problem returns the message for an error.
export function problem(err: unknown, own: Own = {}): string {
  if (err instanceof DOMException) return t(err.name === 'InvalidStateError' ? 'account.error.passkey_known' : 'account.error.nothing_chosen');
  if (!(err instanceof ApiError)) return t('account.error.other', {id: '-'});
  const time = wait(err.retryAfter ?? 60);
  if (own[err.code]) return t(own[err.code]!, {time});
  if (err.code === 'otp_invalid' && err.attemptsLeft) return t('account.error.otp_left', {n: err.attemptsLeft});
  if (known.includes(err.code)) return t(`account.error.${err.code}`, {time});
  return t('account.error.other', {id: err.requestId ?? err.code});
}

// wait formats a duration in seconds, minutes or hours.
function wait(seconds: number): string {
  const [n, unit] = seconds < 90 ? [seconds, 'second'] as const : seconds < 5400 ? [seconds / 60, 'minute'] as const : [seconds / 3600, 'hour'] as const;
  return new Intl.NumberFormat(page.locale, {style: 'unit', unit, unitDisplay: 'long'}).format(Math.ceil(n));
}
