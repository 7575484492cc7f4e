(() => {
  'use strict';
  const $ = id => document.getElementById(id);
  const forms = ['ask', 'code', 'password', 'second', 'factor'];
  let otpId = '', first = null, methods = [], secondId = '', mfaToken = '';

  // show brings one form, and its first empty field under the cursor.
  const show = name => {
    for (const form of forms) $(form).hidden = form !== name;
    const field = name && [...$(name).querySelectorAll('input')].find(i => !i.value && !i.closest('[hidden]'));
    if (field) field.focus();
  };
  const say = text => {
    $('message').textContent = text;
    $('message').hidden = !text;
  };

  // call asks the service. Its answer comes with ok; an error has code and msg.
  const call = async (path, body, bearer) => {
    const headers = {'Content-Type': 'application/json'};
    if (bearer) headers.Authorization = 'Bearer ' + bearer;
    try {
      const answer = await fetch(path, {method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store'});
      return Object.assign({ok: answer.ok}, await answer.json());
    } catch {
      return {ok: false, code: 'offline', msg: 'The service cannot be reached. Try again.'};
    }
  };
  const told = answer => answer.code === 'captcha_required'
    ? 'A captcha is needed from here, which this page cannot show. Try again later, or from another network.' : answer.msg;
  const addressOf = text => text.includes('@') ? {email: text} : {phone: text};

  // hand gives the sign-in to the application: the page keeps nothing of it.
  const hand = async pair => {
    const answer = await call('authorize', {query: location.search.slice(1)}, pair.accessToken);
    if (!answer.ok) {
      show('ask');
      return say(told(answer));
    }
    show('');
    $('go').href = answer.location;
    $('done').hidden = false;
    location.replace(answer.location);
  };

  // askFactor goes on with the token that stands for a first proof.
  const askFactor = async (answer, back) => {
    mfaToken = answer.mfaToken;
    methods = answer.methods || [];
    $('factor-code').value = '';
    $('factor-lost').hidden = !methods.includes('recovery_code');
    $('factor-new').hidden = !methods.includes('enroll');
    if (methods.includes('enroll')) {
      const made = await call('../user/login/mfa/enroll', {mfaToken});
      if (!made.ok) {
        show(back);
        return say(told(made));
      }
      const picture = new DOMParser().parseFromString(made.svg, 'image/svg+xml').documentElement;
      $('factor-picture').replaceChildren(document.importNode(picture, true));
      $('factor-key').textContent = made.secret;
    } else if (!methods.includes('totp')) {
      show(back);
      return say('This account signs in with a passkey, which this page cannot ask for.');
    }
    show('factor');
  };

  const signIn = async (login, back) => {
    const answer = await call('../user/login', login);
    if (answer.ok) return hand(answer);
    if (answer.mfaToken) return askFactor(answer, back);
    if (answer.code === 'mfa_required') {
      first = login;
      methods = answer.methods || [];
      secondId = '';
      const byPassword = methods.includes('password');
      $('second-password').hidden = !byPassword;
      $('second-address').hidden = byPassword;
      $('second-code').hidden = true;
      $('other-kind').textContent = methods.includes('email') ? 'e-mail' : 'phone number';
      return show('second');
    }
    show(back);
    say(told(answer));
  };

  const send = async address => {
    const answer = await call('../user/otp', address);
    if (!answer.ok) {
      say(told(answer));
      return '';
    }
    return answer;
  };

  const on = {
    ask: async () => {
      const answer = await send(addressOf($('address').value.trim()));
      if (!answer) return;
      otpId = answer.otpId;
      $('sent-to').textContent = answer.to;
      $('otp').value = '';
      show('code');
    },
    code: () => signIn({otpId, otp: $('otp').value.trim()}, 'code'),
    password: () => {
      const name = $('account').value.trim(), password = $('secret').value;
      $('secret').value = '';
      const account = name.includes('@') ? {email: name} : /^[+0-9][0-9 ()-]+$/.test(name) ? {phone: name} : {username: name};
      return signIn({...account, password}, 'password');
    },
    second: async () => {
      if (methods.includes('password')) {
        const secondPassword = $('second-secret').value;
        $('second-secret').value = '';
        return signIn({...first, secondPassword}, 'second');
      }
      if (secondId) return signIn({...first, secondOtpId: secondId, secondOtp: $('second-otp').value.trim()}, 'second');
      const answer = await send(addressOf($('other').value.trim()));
      if (!answer) return;
      secondId = answer.otpId;
      $('second-code').hidden = false;
      $('second-otp').focus();
    },
    factor: async () => {
      const code = $('factor-code').value.trim();
      $('factor-code').value = '';
      const answer = await call('../user/login/mfa', {mfaToken, ...(/^[0-9]{6}$/.test(code) ? {totp: code} : {recoveryCode: code})});
      if (answer.ok) return hand(answer);
      show(answer.field === 'mfaToken' ? 'ask' : 'factor');
      say(answer.field === 'mfaToken' ? 'That took too long. Sign in again.' : told(answer));
    },
  };
  for (const name of forms) {
    $(name).addEventListener('submit', async event => {
      event.preventDefault();
      say('');
      const buttons = [...document.querySelectorAll('button')];
      for (const button of buttons) button.disabled = true;
      try {
        await on[name]();
      } finally {
        for (const button of buttons) button.disabled = false;
      }
    });
  }
  $('again').addEventListener('click', async () => {
    say('');
    await send({otpId});
  });
  for (const button of document.querySelectorAll('[data-to]')) {
    button.addEventListener('click', () => {
      say('');
      show(button.dataset.to);
    });
  }
  $('address').value = $('account').value = new URLSearchParams(location.search).get('login_hint') || '';
  show('ask');
})();
