import {page} from './page.ts';
import {translator} from './translate.ts';

// t returns the text of a key in the page's language.
export const t = translator(page.texts);
