import {ApiError} from '../../../../clients/ts/src/index.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';

// known are the codes that have a text.
const known = ['offline', 'unavailable', 'rate_limited', 'forbidden', 'not_found', 'session_ended', 'unauthorized', 'reauthentication_required'];

// problem returns the message for an error. For refused input it names the field.
export function problem(err: unknown): string {
  if (!(err instanceof ApiError)) return t('admin.error.other', {id: '-'});
  if (err.code === 'invalid_request') {
    const named = page.texts[`admin.field.${err.field}`];
    return named ? t('admin.error.field', {field: named}) : t('admin.error.invalid_request');
  }
  const seconds = new Intl.NumberFormat(page.locale, {style: 'unit', unit: 'second', unitDisplay: 'long'});
  if (known.includes(err.code)) return t(`admin.error.${err.code}`, {time: seconds.format(err.retryAfter ?? 60)});
  return t('admin.error.other', {id: err.requestId ?? err.code});
}
