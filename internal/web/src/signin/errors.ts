import type {ApiError} from '../../../../clients/ts/src/index.ts';
import type {Translate} from '../common/translate.ts';

// known are the codes that have a text. The texts of others would not help a user.
const known = [
  'invalid_phone', 'invalid_email', 'invalid_username', 'weak_password', 'invalid_credentials', 'otp_invalid', 'forbidden',
  'region_not_allowed', 'captcha_required', 'captcha', 'reauthentication_required', 'session_ended', 'unauthorized', 'not_found', 'request_timeout',
  'too_slow', 'factor_invalid', 'passkey', 'passkey_unknown', 'site_storage', 'site', 'username_taken', 'phone_taken', 'email_taken', 'link_taken', 'rate_limited', 'unavailable', 'offline',
];

// problem returns the message for an error.
export function problem(t: Translate, locale: string, err: ApiError): string {
  const time = wait(locale, err.retryAfter ?? 60);
  if (err.code === 'rate_limited' && err.limit === 'locked') return t('signin.error.locked', {time});
  if (err.code === 'otp_invalid' && err.attemptsLeft) return t('signin.error.otp_left', {n: err.attemptsLeft});
  if (known.includes(err.code)) return t(`signin.error.${err.code}`, {time});
  return t('signin.error.other', {id: err.requestId ?? err.code});
}

// wait formats a duration in seconds, minutes or hours.
export function wait(locale: string, seconds: number): string {
  const [n, unit] = seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  return new Intl.NumberFormat(locale, {style: 'unit', unit: unit as string, unitDisplay: 'long'}).format(Math.ceil(n as number));
}
