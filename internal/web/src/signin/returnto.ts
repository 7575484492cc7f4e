// returnTo reads where to go after the sign-in. It is an address of this origin, or
// nothing: whoever writes a link to this page does not decide to whom its user is sent.
export function returnTo(text: string | null, origin: string): string | undefined {
  // What browsers read as another host: //host, \\host, /\host, and with white space or
  // control characters, which they pass over, between.
  if (!text || text.length > 2000 || !/^\/(?![/\\])/.test(text) || /[\\\u0000-\u0020\u007f-\u009f]/.test(text)) return undefined;
  let url: URL;
  try {
    url = new URL(text, origin);
  } catch {
    return undefined;
  }
  // Dot segments may leave two slashes at the beginning; the page itself leads nowhere.
  if (url.origin !== origin || url.pathname.startsWith('//') || url.pathname === '/') return undefined;
  return url.href;
}
