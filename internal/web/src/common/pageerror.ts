import {ApiError} from '../../../../clients/ts/src/index.ts';

// PageCode is why something failed in the page itself, beside the codes of the service.
export type PageCode = 'captcha' | 'factor_invalid' | 'none' | 'passkey' | 'site' | 'site_storage' | 'too_slow';

// pageError is an error of the page, which is shown as those of the service are.
export function pageError(code: PageCode, status = 0, cause?: unknown): ApiError {
  return new ApiError(status, {...(cause instanceof ApiError ? cause.body : {}), code: code as never}, cause);
}
