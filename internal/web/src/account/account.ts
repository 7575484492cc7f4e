import {h, show} from '../shared/dom.ts';
import {app, page} from '../shared/page.ts';
import {t} from '../shared/text.ts';

show(app, h('div', {class: 'card stack'}, h('h1', null, t('account.title', {name: page.brand.name}))));
