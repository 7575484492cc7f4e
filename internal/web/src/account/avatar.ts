import {h, svg} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {act, alertBox, say} from './section.ts';
import {client, me} from './state.ts';

const types = ['image/png', 'image/jpeg', 'image/webp'];
const side = 512;
// The file types that the service accepts. A picture that the browser cannot read is sent
// unchanged.
const most = 1 << 20;

// picture returns the user's picture, or instead of it the initial of the name or an icon.
export function picture(size: 128 | 512 = 128): HTMLElement {
  const url = client.avatar.url(me.get(), size);
  const {displayName, username, email} = me.get();
  const letter = Array.from(displayName || username || email || '')[0]?.toUpperCase() ?? '';
  return url ? h('img', {class: 'avatar', src: url, alt: '', width: 96, height: 96}) : h('span', {class: 'avatar', 'aria-hidden': 'true'}, letter || figure());
}

const figure = () => svg('svg', {viewBox: '0 0 24 24', width: '60%', fill: 'currentColor'}, svg('path', {d: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0 2c-4 0-7 2-7 5v1h14v-1c0-3-3-5-7-5Z'}));

// avatar is the part of the profile that shows and changes the picture.
export function avatar(): HTMLElement {
  const out = alertBox();
  const input = h('input', {type: 'file', accept: types.join(), class: 'hidden', tabIndex: -1, 'aria-hidden': 'true', onchange: () => {
    const file = input.files?.[0];
    input.value = '';
    if (file) void change(file);
  }});
  const choose = h('button', {type: 'button', onclick: () => input.click()});
  const remove = h('button', {type: 'button', class: 'danger', onclick: () => act('profile', remove, out, async () => {
    await client.avatar.remove();
    await me.read();
    draw();
    choose.focus();
    say(t('account.avatar.removed'));
  })}, t('account.avatar.remove'));
  const place = h('div', {class: 'place'});

  function draw() {
    const {avatar: path} = me.get();
    place.replaceChildren(picture(512));
    choose.textContent = t(path ? 'account.avatar.change' : 'account.avatar.choose');
    remove.hidden = !path;
  }

  async function change(file: File) {
    if (!types.includes(file.type)) {
      out.textContent = t('account.error.unsupported_media_type');
      return;
    }
    await act('profile', choose, out, async () => {
      const image = await square(file);
      const preview = URL.createObjectURL(image);
      place.replaceChildren(h('img', {class: 'avatar', src: preview, alt: '', width: 96, height: 96}));
      try {
        await client.avatar.set(image);
        await me.read();
        say(t('account.avatar.changed'));
      } finally {
        draw();
        URL.revokeObjectURL(preview);
      }
    });
  }

  draw();
  return h('div', {class: 'picture'}, place,
    h('div', {class: 'stack tight'}, h('div', {class: 'row'}, choose, remove, input), h('p', {class: 'soft small'}, t('account.avatar.hint')), out));
}

// square crops the picture to its centre and makes it small enough for a slow connection. Files
// that the browser cannot draw are sent to the service, which reports the problem.
async function square(file: File): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file;
  }
  const cut = Math.min(bitmap.width, bitmap.height);
  const canvas = h('canvas', {width: Math.min(side, cut), height: Math.min(side, cut)});
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, (bitmap.width - cut) / 2, (bitmap.height - cut) / 2, cut, cut, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const drawn = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.9));
  return drawn && (drawn.size < file.size || file.size > most) ? drawn : file;
}
