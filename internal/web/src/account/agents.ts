import {t} from '../common/text.ts';

// Browsers and apps, by a word in their user agent. The first match wins, because most also claim
// to be others.
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'], [/\bOPR\/|\bOpera/, 'Opera'], [/\bSamsungBrowser\//, 'Samsung Internet'], [/\bWhale\//, 'Whale'],
  [/\bYaBrowser\//, 'Yandex Browser'], [/\bMicroMessenger\//, 'WeChat'], [/\bKAKAOTALK/i, 'KakaoTalk'], [/\bUCBrowser\//, 'UC Browser'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'], [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'], [/\bVersion\/.*\bSafari\//, 'Safari'],
  [/\bcurl\//, 'curl'],
];
const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'], [/\biPad\b/, 'iPad'], [/\bAndroid\b/, 'Android'], [/\bWindows\b/, 'Windows'], [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b|\bDarwin\//, 'macOS'], [/\bLinux\b/, 'Linux'],
];

// device describes a user agent: browser and system, or the name that an app gives itself.
export function device(agent: string): string {
  const browser = browsers.find(([word]) => word.test(agent))?.[1] ?? /^([^\s/()]{2,40})(\/|$)/.exec(agent)?.[1];
  const system = systems.find(([word]) => word.test(agent))?.[1];
  if (browser && browser !== 'Mozilla') return system ? t('account.devices.on', {browser, system}) : browser;
  return system ?? t('account.devices.unknown');
}
