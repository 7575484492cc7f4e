function Pe({url:e,call:t,forget:r,locale:n}){return{user:i=>t("GET","/user/info",void 0,i),updateUser:(i,o)=>t("PATCH","/user/info",i,o),avatar:{set:(i,o)=>t("PUT","/user/avatar",void 0,{...o,raw:i,headers:{"Content-Type":i.type,...o?.headers}}),remove:i=>t("DELETE","/user/avatar",void 0,i),url:({avatar:i},o=512)=>i&&`${e}${i}${i.includes("?")?"&":"?"}size=${o}`},addresses:{ask(i,o){let s="phone"in i?"phone":"email";return t("POST",`/user/${s}/otp`,{locale:n,...i},o)},verify:(i,o,s,a)=>t("POST",`/user/${i}/verify`,{otpId:o,otp:s},a),remove:(i,o)=>t("DELETE",`/user/${i}`,void 0,o)},setPassword:(i,o)=>t("POST","/user/password",i,o),sessions:{list:async i=>(await t("GET","/user/sessions",void 0,i)).sessions,end:(i,o)=>t("DELETE",`/user/sessions/${encodeURIComponent(i)}`,void 0,o),endOthers:i=>t("DELETE","/user/sessions",void 0,i),async endAll(i){await t("DELETE","/user/sessions?scope=all",void 0,i),await r()}},exportData:i=>t("GET","/user/export",void 0,{timeout:120,...i}),async deleteAccount(i={},o){await t("DELETE","/user",i,o),await r()}}}var y=class extends Error{status;code;field;retryAfter;attemptsLeft;requestId;mfaToken;methods;limit;captcha;siteKey;captchaAction;otpId;body;constructor(t,r,n){super(r.msg||r.code,{cause:n}),this.name="ApiError",this.status=t,this.body=r,this.code=r.code,this.field=r.field,this.retryAfter=r.retryAfter,this.attemptsLeft=r.attemptsLeft,this.requestId=r.requestId,this.mfaToken=r.mfaToken,this.methods=r.methods,this.limit=r.limit,this.captcha=r.captcha,this.siteKey=r.siteKey,this.captchaAction=r.captchaAction,this.otpId=r.otpId}};function q(e){return e instanceof y&&(e.status===0||e.status===429||e.status>=502)}function xe({call:e,enter:t}){return{complete:(r,n)=>t("/user/login/mfa",r,n),state:r=>e("GET","/user/totp",void 0,r),enroll:(r,n)=>r?e("POST","/user/login/mfa/enroll",{mfaToken:r},{auth:!1,...n}):e("POST","/user/totp",void 0,n),confirm:(r,n)=>Ee(e("POST","/user/totp/confirm",{totp:r},n)),recoveryCodes:r=>Ee(e("POST","/user/recovery-codes",void 0,r)),remove:r=>e("DELETE","/user/totp",void 0,r),stopReset:r=>e("DELETE","/user/totp/reset",void 0,r)}}async function Ee(e){return(await e).recoveryCodes}function oe(e){let t=String.fromCharCode(...new Uint8Array(e));return btoa(t).replaceAll("+","-").replaceAll("/","_").replaceAll("=","")}function Y(e){return Uint8Array.from(atob(e.replaceAll("-","+").replaceAll("_","/")),t=>t.charCodeAt(0))}function _e({call:e,enter:t}){return{supported:()=>typeof PublicKeyCredential=="function"&&!!navigator.credentials,autofills:async()=>typeof PublicKeyCredential=="function"&&!!await PublicKeyCredential.isConditionalMediationAvailable?.(),async signIn(r={}){let{mfaToken:n,autofill:i,...o}=r,{publicKey:s}=await e("POST","/user/login/passkey/options",{mfaToken:n},{auth:!1,...o}),a=i?"conditional":void 0,c=await navigator.credentials.get({publicKey:vt(s),mediation:a,signal:o.signal}),l=Ae(c);return n?t("/user/login/mfa",{mfaToken:n,passkey:l},o):t("/user/login/passkey",{credential:l},o)},async add(r,n){let{publicKey:i}=await e("POST","/user/passkeys/options",void 0,n),o=await navigator.credentials.create({publicKey:kt(i),signal:n?.signal});return e("POST","/user/passkeys",{credential:Ae(o),name:r},n)},list:async r=>(await e("GET","/user/passkeys",void 0,r)).passkeys,rename:(r,n,i)=>e("PATCH",`/user/passkeys/${r}`,{name:n},i),remove:(r,n)=>e("DELETE",`/user/passkeys/${r}`,void 0,n)}}var Oe=(e=[])=>e.map(t=>({...t,id:Y(t.id)})),Re=e=>typeof PublicKeyCredential[e]=="function";function kt(e){return Re("parseCreationOptionsFromJSON")?PublicKeyCredential.parseCreationOptionsFromJSON(e):{...e,challenge:Y(e.challenge),user:{...e.user,id:Y(e.user.id)},excludeCredentials:Oe(e.excludeCredentials)}}function vt(e){return Re("parseRequestOptionsFromJSON")?PublicKeyCredential.parseRequestOptionsFromJSON(e):{...e,challenge:Y(e.challenge),allowCredentials:Oe(e.allowCredentials)}}function Ae(e){let t=e;if(typeof t.toJSON=="function")return t.toJSON();let r={};for(let s of["clientDataJSON","attestationObject","authenticatorData","signature","userHandle"]){let a=t.response[s];a&&(r[s]=oe(a))}let n=t.response.getTransports?.();n&&(r.transports=n);let{id:i,type:o}=t;return{id:i,rawId:i,type:o,clientExtensionResults:t.getClientExtensionResults(),response:r}}var bt=/^\/user\/(otp|login|login\/mfa|register|anonymous|password\/reset)$/,wt=3;function Ie(e){let t=new Map;return async(r,n,i,o={},s)=>{let a=new Headers(o.headers),c=i===void 0?void 0:JSON.stringify(i);c!==void 0&&a.set("Content-Type","application/json"),s&&a.set("Authorization",`Bearer ${s}`);let l=a.get("Idempotency-Key");if(!l&&r==="POST"&&bt.test(n)){let h=t.get(n);l=h&&h.text===c?h.key:N(),a.set("Idempotency-Key",l)}let g={method:r,headers:a,body:o.raw??c,keepalive:o.keepalive},f=o.repeatable??(r==="GET"||!!l),m=performance.now();for(let h=1;;h++)try{let v=o.timeouts?.[h-1]??o.timeout??(o.raw?120:30),w=await Ct(e,n,g,v*1e3,o.signal);return l&&t.delete(n),w}catch(v){l&&(q(v)?t.set(n,{text:c,key:l}):t.delete(n));let w=f&&h<wt?Tt(v,h):1/0;if(performance.now()-m+w>(o.retryFor??e.retryFor)*1e3)throw v;await G(w,o.signal)}}}function Tt(e,t){if(!q(e))return 1/0;let{status:r,retryAfter:n}=e;return n?n*1e3+Math.random()*250:r===429?1/0:150*2**t*(.5+Math.random())}async function Ct(e,t,r,n,i){let o=new AbortController,s=()=>o.abort(),a=setTimeout(s,n);i?.addEventListener("abort",s);try{i?.throwIfAborted();let c=await(e.fetch??fetch)(e.url+t,{...r,signal:o.signal}),l=await c.text();if(!c.ok)throw St(c,l);return l?JSON.parse(l):void 0}catch(c){throw c instanceof y?c:(i?.throwIfAborted(),new y(0,{code:"offline",msg:"No answer came."},c))}finally{clearTimeout(a),i?.removeEventListener("abort",s)}}function St({status:e,headers:t},r){let n;try{if(n=JSON.parse(r),typeof n.code!="string")throw 0}catch{n={code:e===429?"rate_limited":e>501?"unavailable":e===404?"not_found":"internal"}}return n.retryAfter??=Number(t.get("Retry-After"))||void 0,n.requestId??=t.get("X-Request-Id")??void 0,new y(e,n)}function G(e,t){return new Promise((r,n)=>{let i=()=>{clearTimeout(o),t?.removeEventListener("abort",i),t?.aborted?n(t.reason):r()},o=setTimeout(i,e);if(t?.aborted)return i();t?.addEventListener("abort",i)})}function N(){return Array.from(crypto.getRandomValues(new Uint8Array(16)),e=>e.toString(16).padStart(2,"0")).join("")}var se=2e4,Pt=20;async function Fe(e,t){if(!e)return t();let r=()=>G(Pt).then(t),n=globalThis.navigator?.locks;if(!n)return Et(e,r);let i=new AbortController,o=setTimeout(()=>i.abort(),se),s=!1;try{return await n.request(e,{signal:i.signal},()=>(s=!0,clearTimeout(o),r()))}catch(a){if(s)throw a;return r()}finally{clearTimeout(o)}}async function Et(e,t){let[r,n]=[`${e}.lock`,N()],i=()=>{let[o,s]=(localStorage.getItem(r)??"").split(" "),a=Number(s)-Date.now();return a>0&&a<=se?o:void 0};try{for(let o=performance.now()+se;performance.now()<o;){if(i()){await G(50);continue}if(localStorage.setItem(r,`${n} ${Date.now()+se}`),await G(10+Math.random()*20),i()===n)break}}catch{}try{return await t()}finally{try{i()===n&&localStorage.removeItem(r)}catch{}}}var pe=/^(refresh_|session_ended|unauthorized)/,de=Symbol();function qe(e,t,r){let n,i=!1,o=0,s,a;function c(p){let d=n?.session!==p?.session;return o++,n=p,d&&queueMicrotask(()=>r(!!p)),p}async function l(){await s;let p=o,d=await g();return d!==de&&p===o&&(d||!i)&&c(d),n}async function g(){try{return await e.get()}catch{return de}}function f(p){i=!1;let d=()=>{i=!!p};try{let T=e.set(p);T&&(s=Promise.all([s,T.catch(d)]))}catch{d()}}function m(p){let d=n?.refreshToken;return f(p),v?.postMessage({was:d,now:p,unkept:i}),c(p)}async function h({data:p}){if(!p.was||p.was!==n?.refreshToken)return l();let d=await g();p.was===n?.refreshToken&&(d&&d!==de&&d.refreshToken===p.was&&f(p.now),i=p.unkept,c(p.now))}let v=_t(e.name,h),w=e.watch?.(()=>{l()});async function A(p){let d=await l();if(!d||d.accessToken!==p.accessToken)return d;if(!d.refreshToken)return m(void 0);let T;try{T=await t(d.refreshToken)}catch(b){if(!(b instanceof y&&b.status===401&&pe.test(b.code)))throw b}let E=await l();return E?.refreshToken!==d.refreshToken?E:m(T&&Le(T,d.session))}function O(p){return a??=Fe(e.name,()=>A(p)).finally(()=>a=void 0)}let R=At(e);return R&&(n=R),{signedIn:()=>!!n,load:l,renew:O,async fresh(){let p=await l();if(!p?.refreshToken||Me(p)>xt(p))return p;try{return await O(p)}catch(d){if(q(d)&&Me(p)>0)return p;throw d}},adopt:p=>{m(Le(p,N()))},async end(){let p=await l();return m(void 0),p},close(){v?.close(),w?.()}}}function Le({accessToken:e,refreshToken:t,expiresIn:r},n){return{accessToken:e,refreshToken:t,expiresIn:r,at:Date.now(),session:n}}function Me({expiresIn:e,at:t}){if(e===void 0)return 1/0;let r=(Date.now()-t)/1e3;return r<0?0:e-r}function xt({expiresIn:e=0}){return Math.min(30,e/10)}function At(e){try{let t=e.get();return t instanceof Promise?void 0:t}catch{return}}function _t(e,t){if(!e||typeof BroadcastChannel!="function")return;let r=new BroadcastChannel(e);return r.onmessage=t,r.unref?.(),r}function Ne({call:e,enter:t,locale:r}){let n={auth:!1},i=(o,s)=>e("GET",`/user/otp/${encodeURIComponent(o)}`,void 0,{...n,...s});return{otp:(o,s)=>e("POST","/user/otp",{locale:r,...o},{...n,...s}),resend:(o,s,a)=>e("POST","/user/otp",{otpId:o,channel:s},{...n,...a}),status:i,async watch(o,s,a){let c;for(let l=1e3;!a?.aborted;l=Math.min(l*1.3,5e3)){try{if(c=await i(o,{signal:a,retryFor:0}),a?.aborted||(s(c),c.status==="delivered"||c.status==="failed"))break}catch(g){if(a?.aborted||g.status===404)break;if(!q(g))throw g;l=Math.max(l,(g.retryAfter??0)*1e3)}await G(l,a).catch(()=>{})}return c},login:(o,s)=>t("/user/login",o,s),register:(o,s)=>e("POST","/user/register",o,{...n,...s}),resetPassword:(o,s)=>e("POST","/user/password/reset",o,{...n,...s}),anonymous:(o={},s)=>t("/user/anonymous",o,s)}}var U="user-api.social";function $e({url:e,call:t,enter:r}){let n=async(s,a)=>(await t("POST","/user/links",s,a)).links,i=(s,a)=>r("/user/login/social",s,a);async function o({provider:s,code:a,verifier:c,invite:l,link:g},f){if(!g)return i({provider:s,code:a,verifier:c,invite:l},f);await n({provider:s,code:a,verifier:c},f)}return{providers:async s=>(await t("GET","/user/login/social",void 0,{auth:!1,...s})).providers,async redirect(s,a,{link:c,fresh:l,invite:g}={}){let f={provider:s,verifier:N()+N(),state:N(),link:c,invite:g};sessionStorage.setItem(U,JSON.stringify(f));let m=await crypto.subtle.digest("SHA-256",new TextEncoder().encode(f.verifier)),h=new URLSearchParams({returnTo:a,challenge:oe(m),state:f.state});l&&h.set("fresh","true"),location.assign(`${e}/user/login/social/${encodeURIComponent(s)}?${h}`)},async finish(s){let a=JSON.parse(sessionStorage.getItem(U)??"null");if(!a)return;let c=new URL(location.href),{code:l,error:g,state:f}=Object.fromEntries(c.searchParams);if(f===a.state&&(l||g)){for(let m of["code","error","state"])c.searchParams.delete(m);if(history.replaceState(history.state,"",c),a.code=l,g)throw sessionStorage.removeItem(U),new y(400,{code:g})}if(a.code)try{let m=await o(a,s);return sessionStorage.removeItem(U),m}catch(m){throw q(m)?sessionStorage.setItem(U,JSON.stringify(a)):sessionStorage.removeItem(U),m}},login:i,links:async s=>(await t("GET","/user/links",void 0,s)).links,link:n,unlink:(s,a)=>t("DELETE",`/user/links/${encodeURIComponent(s)}`,void 0,a)}}function Ke(e,t){if(typeof e=="object")return e;if(e!=="memory")try{let n=e==="local"?globalThis.localStorage:globalThis.sessionStorage;if(n)return Ot(n,t)}catch{}let r;return{get:()=>r,set:n=>{r=n}}}function Ot(e,t){return{name:t,get(){let r=e.getItem(t);if(r==="")throw new Error("the tokens are in memory alone");return r===null?void 0:Rt(r)},set(r){if(!r)return e.removeItem(t);let n=JSON.stringify(r);try{e.setItem(t,n)}catch{e.setItem(t,""),e.setItem(t,n)}},watch(r){let n=o=>(o.key===t||o.key===null)&&r(),i=o=>o.persisted&&r();return addEventListener("storage",n),addEventListener("pageshow",i),()=>{removeEventListener("storage",n),removeEventListener("pageshow",i)}}}}function Rt(e){try{let t=JSON.parse(e);return typeof t?.accessToken=="string"?t:void 0}catch{return}}function fe(e={}){let t=(e.url??"").replace(/\/+$/,""),r=Ie({url:t,fetch:e.fetch,retryFor:e.retryFor??10}),n=Ke(e.storage??"memory",`user-api${t&&` ${t}`}`),i=qe(n,o,e.onChange??(()=>{}));function o(l){return r("POST","/user/refresh",{refreshToken:l},{repeatable:!0,timeouts:[4,10,10],retryFor:8})}let s=async(l,g,f,m={})=>{let{signal:h}=m,v=m.auth??!0?await Be(i.fresh(),h):void 0;try{return await r(l,g,f,m,v?.accessToken)}catch(w){if(!v||!(w instanceof y&&w.status===401&&pe.test(w.code)))throw w;let A=await Be(i.renew(v),h);if(A?.session!==v.session)throw w;return r(l,g,f,m,A.accessToken)}};async function a(l,g,f){let m=await s("POST",l,g,{auth:!1,...f});return i.adopt(m),m}let c={url:t,call:s,enter:a,locale:e.locale,forget:i.end};return{call:s,get signedIn(){return i.signedIn()},adopt:l=>i.adopt(l),accessToken:async()=>(await i.fresh())?.accessToken,async signOut(){let l=await i.end();if(!l)return;let{accessToken:g,refreshToken:f}=l;await r("POST","/user/logout",f?{refreshToken:f}:void 0,{repeatable:!0,keepalive:!0},g).catch(h=>{if(h.status!==401)throw h})},close:()=>i.close(),...Ne(c),...Pe(c),factors:xe(c),passkeys:_e(c),social:$e(c)}}function Be(e,t){if(!t)return e;let r=new AbortController,n=new Promise((i,o)=>{let s=()=>o(t.reason);t.aborted&&s(),t.addEventListener("abort",s,{signal:r.signal})});return Promise.race([e,n]).finally(()=>r.abort())}function u(e,t,...r){return Ge(document.createElement(e),t,r)}function Ge(e,t,r){for(let[n,i]of Object.entries(t??{}))i==null||i===!1||(n.startsWith("on")&&typeof i=="function"?e.addEventListener(n.slice(2).toLowerCase(),i):e instanceof HTMLElement&&n in e&&!/^(class|role|list|form|aria|data)/.test(n)?e[n]=i:e.setAttribute(n,i===!0?"":String(i)));return e.append(...r.filter(n=>n!==!1&&n!==null&&n!==void 0).map(n=>typeof n=="number"?String(n):n)),e}function _(e,...t){e.replaceChildren(),Ge(e,null,t)}function De(e){let t=getComputedStyle(e.parentElement??document.documentElement).colorScheme,n=(t==="normal"?document.querySelector('meta[name="color-scheme"]')?.content??"":t).split(" ");return n.includes("dark")?n.includes("light")?"auto":"dark":"light"}function Ue(e,t){if(!(t!=="light"&&t!=="dark")){for(let r of e.cssRules)r instanceof CSSMediaRule&&r.conditionText.includes("prefers-color-scheme")&&(r.media.mediaText=t==="dark"?"all":"not all");e.insertRule(`:root, :host { color-scheme: ${t} !important; }`,e.cssRules.length)}}function He(e){let t=getComputedStyle(e).colorScheme.split(" ");return t.includes("dark")!==t.includes("light")?t.includes("dark"):matchMedia("(prefers-color-scheme: dark)").matches}var It=["turnstile"];function Je({room:e,url:t,locale:r,t:n},i){return new Promise((o,s)=>{let{port1:a,port2:c}=new MessageChannel,l=n("shared.captcha"),g=i,f=u("iframe",{title:l,src:t}),m=u("dialog",{class:`puzzle ${It.includes(i.captcha??"")?"small":""}`,"aria-label":l},u("p",null,l),f,u("button",{type:"button",onClick:()=>m.close()},n("shared.captcha_cancel")));f.addEventListener("load",()=>{let h={action:i.captchaAction??"",locale:r,dark:He(m)};f.contentWindow.postMessage(h,new URL(t,location.href).origin,[c])},{once:!0}),m.addEventListener("close",()=>{m.remove(),a.close(),s(g)}),a.onmessage=({data:h})=>{h.token&&o(h.token),h.failed?g=new y(0,{code:"captcha"}):m.close()},e.append(m),m.showModal()})}function ae(e){return(t,r={})=>(e[t]??t).replace(/\{(\w+)\}/g,(n,i)=>i in r?String(r[i]):n)}var Ft=0;function x(e,t,r="",n){let i=`field-${++Ft}`,o=u("input",{id:i,"aria-describedby":`${i}-hint ${i}-error`,...t}),s=u("p",{id:`${i}-hint`,class:"soft"},r),a=u("p",{id:`${i}-error`,class:"error",role:"alert"});return{input:o,element:u("div",{class:"field"},u("label",{htmlFor:i},e),u("div",{class:"inputs"},n,o),u("div",{class:"below small"},s,a)),hint:(...c)=>_(s,...c),fail(c){s.hidden=!!c,_(a,c),c?o.setAttribute("aria-invalid","true"):o.removeAttribute("aria-invalid")}}}function B(e,t,r,n=""){let i=x(t,{type:"password",autocomplete:r,required:!0,maxLength:128},n),o=u("button",{type:"button",class:"show","aria-pressed":"false","aria-controls":i.input.id,onClick(){let s=i.input.type==="password";i.input.type=s?"text":"password",o.setAttribute("aria-pressed",String(s))}},e.t("signin.show"));return i.input.after(o),i}function S(e,t,r,n,i){let o=u("form",{class:"stack",noValidate:!0,onSubmit(s){s.preventDefault(),e.work((a,c)=>{r.fail(a,c),a&&o.querySelector("[aria-invalid]")?.focus()},i)}},...n,u("button",{class:"main wide"},t));return o}function H(){let e=u("p",{class:"error",role:"alert"});return{element:u("div",{class:"below small"},e),fail:t=>_(e,t)}}function C(e,t){return u("button",{type:"button",class:"link",onClick:t},e)}var We=`US~1~1~~3-3-4
AG~1~1~268~3-3-4
AI~1~1~264~3-3-4
AS~1~1~684~3-3-4
BB~1~1~246~3-3-4
BM~1~1~441~3-3-4
BS~1~1~242~3-3-4
CA~1~1~~3-3-4
DM~1~1~767~3-3-4
DO~1~1~8001|8[024]9~3-3-4
GD~1~1~473~3-3-4
GU~1~1~671~3-3-4
JM~1~1~658|876~3-3-4
KN~1~1~869~3-3-4
KY~1~1~345~3-3-4
LC~1~1~758~3-3-4
MP~1~1~670~3-3-4
MS~1~1~664~3-3-4
PR~1~1~787|939~3-3-4
SX~1~1~721~3-3-4
TC~1~1~649~3-3-4
TT~1~1~868~3-3-4
VC~1~1~784~3-3-4
VG~1~1~284~3-3-4
VI~1~1~340~3-3-4
RU~7~8~[3489]~3 3-2-2
KZ~7~8~7~3 3 4
EG~20~0~~2 8
ZA~27~0~~2 3 4
GR~30~~~3 3 4
NL~31~0~~1 8/11
BE~32~0~~3 2 2 2
FR~33~0~~1 2 2 2 2
ES~34~~~3 2 2 2
HU~36~06~~2 3 4
IT~39~~~3 3 4
VA~39~~06698~3 3 4
RO~40~0~~3 3 3
CH~41~0~~2 3 2 2
AT~43~0~~3 6/3 7/3 8/3 9/3 10
GB~44~0~~4 6
GG~44~0~~4 6
IM~44~0~74576|(?:16|7[56])24~4 6
JE~44~0~~4 6
DK~45~~~2 2 2 2
SE~46~0~~2 3 2 2
NO~47~~[02-689]|7[0-8]~2 2 2 2
SJ~47~~79~2 2 2 2
PL~48~~~3 3 3
DE~49~0~~4 7/15=5 6/16=3 8/17=3 8
PE~51~0~~3 3 3
MX~52~~~3 3 4/33=2 4 4/55=2 4 4/56=2 4 4/81=2 4 4
CU~53~0~~1 7
AR~54~0~~1 2 4-4/92=1 3 3-4
BR~55~0~~2 5-4
CL~56~~~1 4 4/32=2 3 4/33=2 3 4/34=2 3 4/35=2 3 4/41=2 3 4/42=2 3 4/43=2 3 4/45=2 3 4/51=2 3 4/52=2 3 4/53=2 3 4/55=2 3 4/57=2 3 4/58=2 3 4/61=2 3 4/63=2 3 4/64=2 3 4/65=2 3 4/67=2 3 4/71=2 3 4/72=2 3 4/73=2 3 4/75=2 3 4/80=2 3 4/81=2 3 4/82=2 3 4/83=2 3 4/84=2 3 4/85=2 3 4/86=2 3 4/87=2 3 4/88=2 3 4/89=2 3 4
CO~57~0~~3 7
VE~58~0~~3-7
MY~60~0~~2-3 4/2-4 4
AU~61~0~~3 3 3
CC~61~0~~3 3 3
CX~61~0~~3 3 3
ID~62~0~~3-3-3/3-4-3/3-4-4/3-4-5
PH~63~0~~3 3 4
NZ~64~0~~2 3 4/2 3 5
SG~65~~~4 4
TH~66~0~~2 3 4
JP~81~0~~2-4-4
KR~82~0~~2-4-4
VN~84~0~~3 3 3/12=2 3 2 2/16=2 3 2 2
CN~86~0~~3 4 4
TR~90~0~~3 3 2 2
IN~91~0~~5 5/63=4 3 3
PK~92~0~~3 7
AF~93~0~~2 3 4
LK~94~0~~2 3 4
MM~95~0~~1 3 4/1 3 5/1 3 6
IR~98~0~~3 3 4
SS~211~0~~3 3 3
MA~212~0~[5-8]~1 2 2 2 2
EH~212~0~~1 2 2 2 2
DZ~213~0~~3 2 2 2
TN~216~~~2 3 3
LY~218~0~~2-7
GM~220~~~3 4
SN~221~~~2 3 2 2
MR~222~~~2 2 2 2
ML~223~~~2 2 2 2
GN~224~~~3 2 2 2
CI~225~~~2 2 2 4
BF~226~~~2 2 2 2
NE~227~~~2 2 2 2
TG~228~~~2 2 2 2
BJ~229~~~2 2 2 2 2
MU~230~~~4 4
LR~231~0~~2 3 4
SL~232~0~~2 6
GH~233~0~~2 3 4
NG~234~0~~3 3 4
TD~235~~~2 2 2 2
CF~236~~~2 2 2 2
CM~237~~~1 2 2 2 2
CV~238~~~3 2 2
ST~239~~~3 4
GQ~240~~~3 3 3
GA~241~~~2 2 2 2
CG~242~~~2 3 4
CD~243~0~~3 3 3
AO~244~~~3 3 3
GW~245~~~3 3 3
IO~246~~~3 4
AC~247~~~5
SC~248~~~1 3 3
SD~249~0~~2 3 4
RW~250~0~~3 3 3
ET~251~0~~2 3 4
SO~252~0~~1 7/9/15=2 6/92=2 6/93=2 6/94=2 6/95=2 6/96=2 6/97=2 6/98=2 6/99=2 6
DJ~253~~~2 2 2 2
KE~254~0~~3 6
TZ~255~0~~3 3 3
UG~256~0~~3 6
BI~257~~~2 2 2 2
MZ~258~~~2 3 4
ZM~260~0~~2 7
MG~261~0~~2 2 3 2
RE~262~0~~3 2 2 2
YT~262~0~~3 2 2 2
ZW~263~0~~2 3 4
NA~264~0~~2 3 4
MW~265~0~~3 2 2 2
LS~266~~~4 4
BW~267~~~2 3 3
SZ~268~~~4 4
KM~269~~~3 2 2
SH~290~~[256]~5
TA~290~~8~4
ER~291~0~~1 3 3
AW~297~~~3 4
FO~298~~~6
GL~299~~~2 2 2
GI~350~~~8
PT~351~~~3 3 3
LU~352~~~3 3 3
IE~353~0~~2 3 4
IS~354~~~3 4
AL~355~0~~2 3 4
MT~356~~~4 4
CY~357~~~2 6
FI~358~0~1[03-79]|[2-9]~2 7/2 8
AX~358~0~18~2 7/2 8
BG~359~0~~2 3 3/2 3 4
LT~370~0~~3 5
LV~371~~~2 3 3
EE~372~~~4 4
MD~373~0~~3 2 3
AM~374~0~~2 6
BY~375~8~~2 3-2-2
AD~376~~~3 3/9
MC~377~0~~1 2 2 2 2
SM~378~~~2 2 2 2
UA~380~0~~2 3 4
RS~381~0~~2 7/2 8
ME~382~0~~2 3 3
XK~383~0~~2 3 3
HR~385~0~~2 3 4
SI~386~0~~2 3 3
BA~387~0~~2 3 3/65=2 3-3/66=2 3-3
MK~389~0~~2 3 3
CZ~420~~~3 3 3
SK~421~0~~3 3 3
LI~423~0~~3 3 3
FK~500~~~5
BZ~501~~~3-4
GT~502~~~4 4
SV~503~~~4 4
HN~504~~~4-4
NI~505~~~4 4
CR~506~~~4 4
PA~507~~~4-4
PM~508~0~~2 2 2
HT~509~~~2 2 4
GP~590~0~~3 2 2 2
BL~590~0~~3 2 2 2
MF~590~0~~3 2 2 2
BO~591~0~~8
GY~592~~~3 4
EC~593~0~~2 3 4
GF~594~0~~3 2 2 2
PY~595~0~~3 6
MQ~596~0~~3 2 2 2
SR~597~~~3-4
UY~598~0~~2 3 3
CW~599~~[69]~1 3 4
BQ~599~~[347]~3 4
TL~670~~~4 4
NF~672~~~1 5
BN~673~~~3 4
NR~674~~~3 4
PG~675~~~4 4
TO~676~~~3 4
SB~677~~~2 5
VU~678~~~3 4
FJ~679~~~3 4
PW~680~~~3 4
WF~681~~~2 2 2
CK~682~~~2 3
NU~683~~~3 4
WS~685~~~2 5/10/83=3 4/84=3 4/85=3 4/86=3 4/87=3 4
KI~686~0~~8
NC~687~~~2.2.2
TV~688~~~2 4/7
PF~689~~~2 2 2 2
TK~690~~~4
FM~691~~~3 4
MH~692~1~~3-4
KP~850~0~~3 3 4
HK~852~~~4 4
MO~853~~~4 4
KH~855~0~~2 3 3/2 3 4
LA~856~0~~2 2 3 3
BD~880~0~~4-6/37=3-7/38=3-7
TW~886~0~~3 3 3
MV~960~~~3-4
LB~961~0~~2 3 3
JO~962~0~~1 4 4
SY~963~0~~3 3 3
IQ~964~0~~3 3 4
KW~965~~~3 5/52=4 4/60=4 4/61=4 4/65=4 4/66=4 4/67=4 4/69=4 4/90=4 4/91=4 4/92=4 4/94=4 4/95=4 4/96=4 4/97=4 4/98=4 4/99=4 4
SA~966~0~~2 3 4
YE~967~0~~3 3 3
OM~968~~~4 4
PS~970~0~~3 3 3
AE~971~0~~2 3 4
IL~972~0~~2-3-4
BH~973~~~4 4
QA~974~~~4 4
BT~975~~~2 2 2 2
MN~976~0~~4 4
NP~977~0~~3-7
TJ~992~~~2 3 4/44=3 2 4
TM~993~8~~2 6
AZ~994~0~~2 3 2 2
GE~995~0~~3 2 2 2
KG~996~0~~3 3 3
UZ~998~~~2 3 2 2`;var j=We.split(`
`).map(e=>{let[t,r,n,i,o]=e.split("~"),s=o?o.split("/"):[];return{region:t,dial:r,trunk:n,begins:i?new RegExp(`^(?:${i})`):void 0,groups:s.filter(a=>!a.includes("=")),special:Object.fromEntries(s.filter(a=>a.includes("=")).map(a=>a.split("=")))}});function Ve(e){return j.find(t=>t.region===e)}var Lt=[..."0٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０"].map(e=>e.codePointAt(0));function $(e){return e.replace(/[\p{Nd}＋]/gu,t=>{let r=t.codePointAt(0),n=Lt.find(i=>r>=i&&r<i+10);return t==="＋"?"+":n===void 0?t:String(r-n)})}var D=e=>$(e).replace(/[^0-9]/g,"");function ce(e,t){let{trunk:r}=t;return r&&e.startsWith(r)?r+ze(e.slice(r.length),t,r!=="0"):ze(e,t,!1)}function ze(e,t,r){let n=t.special[e.slice(0,2)]??t.groups.find(a=>Mt(a)>=e.length)??t.groups.at(-1);if(!n||!e)return e;let i=r?" ":"",o=0,s=n.split(/(\D)/);for(let a=0;a<s.length&&o<e.length;a+=2){let l=a+2>=s.length?e.length:o+Number(s[a]);i+=(a>0?s[a-1]:"")+e.slice(o,l),o=l}return i}var Mt=e=>e.split(/\D/).reduce((t,r)=>t+Number(r),0);function me(e,t){for(let r=1;r<=3;r++){let n=e.slice(0,r),i=n.length===r?j.filter(a=>a.dial===n):[];if(!i.length)continue;let o=e.slice(r);return{country:i.find(a=>a.begins?.test(o))??(t?.dial===n&&!t.begins?t:i[0]),rest:o}}}function Ze(e,t){let i=($(e).replace(/\p{Cf}/gu,"").match(/\+?\s*\(?\d[\d\s().\-/‐-―]*/gu)??[]).reduce((l,g)=>D(g).length>D(l).length?g:l,"").trim(),o=D(i);if(!o)return;if(!/^(\+|00)/.test(i))return{country:t,digits:o};i.startsWith("+")||(o=o.slice(2));let s=me(o,t);if(!s)return;let{country:a}=s,c=a.trunk&&i.includes(`(${a.trunk})`);return{country:a,digits:c&&s.rest.startsWith(a.trunk)?s.rest.slice(a.trunk.length):s.rest}}function Ye(e,t){let r=0;for(let n=0;r<e.length&&n<t;r++)/[0-9+]/.test(e[r])&&n++;return r}var qt=0,ge=e=>e.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function je(e){let t=new Intl.DisplayNames([e],{type:"region",fallback:"code"});return r=>t.of(r)??r}function ye(e){let{regions:t}=e.settings;return t?.length?j.filter(r=>t.includes(r.region)):j}function Xe(e,t,r){let{t:n}=e,i=ye(e),o=je(e.options.locale),s=t,a=u("span",{dir:"ltr"}),c=u("button",{type:"button",class:"country","aria-haspopup":"dialog",onClick:g,disabled:i.length<2},a),l=f=>{s=f,_(a,u("span",{class:"soft"},f.region),` +${f.dial}`),c.setAttribute("aria-label",n("signin.country_is",{name:o(f.region),dial:f.dial}))};l(t);function g(){let f=Nt(e,i,o,s,m=>{l(m),r(m)});c.after(f),f.addEventListener("close",()=>f.remove()),f.showModal()}return{element:u("div",{class:"picker"},c),set:l}}function Nt(e,t,r,n,i){let{t:o}=e,s=`countries-${++qt}`,a=je("en"),c=t.map(d=>({country:d,name:r(d.region)})).sort((d,T)=>d.name.localeCompare(T.name,e.options.locale)).map(d=>({...d,words:ge(`${d.name} ${a(d.country.region)}`).split(/[\s,()&-]+/).concat(d.country.region.toLowerCase(),d.country.dial)})),l=u("ul",{id:s,role:"listbox","aria-label":o("signin.country")}),g=u("p",{class:"soft",role:"status"}),f=u("input",{type:"text",role:"combobox","aria-label":o("signin.country_search"),placeholder:o("signin.country_search"),autocomplete:"off",spellcheck:!1,"aria-controls":s,"aria-expanded":"true","aria-autocomplete":"list",onInput:A,onKeydown:p}),m=u("dialog",{class:"countries","aria-label":o("signin.country")},u("div",{class:"row"},f,u("button",{type:"button",class:"link",onClick:()=>m.close()},o("signin.close"))),g,l);m.addEventListener("click",d=>d.target===m&&m.close());let h=[],v=[],w=0;function A(){let d=ge(f.value.replace("+","")).trim(),T=(b,P)=>P.startsWith(d)?0:b.some(L=>L.startsWith(d))?1:P.includes(d)?2:3,E=c.map((b,P)=>({...b,order:P,rank:d?T(b.words,ge(b.name)):0})).filter(b=>b.rank<3).sort((b,P)=>b.rank-P.rank||b.order-P.order);h=E.map(({country:b,name:P})=>u("li",{id:`${s}-${b.region}`,role:"option","aria-selected":String(b.region===n.region),onClick:()=>R(b)},u("span",null,P),u("span",{class:"soft",dir:"ltr"},`+${b.dial}`))),_(l,...h),g.textContent=E.length?"":o("signin.country_none"),w=d?0:Math.max(0,E.findIndex(b=>b.country.region===n.region)),v=E.map(b=>b.country),O()}function O(){h.forEach((d,T)=>d.classList.toggle("at",T===w)),f.setAttribute("aria-activedescendant",h[w]?.id??""),h[w]?.scrollIntoView({block:"nearest"})}function R(d){m.close(),i(d)}function p(d){let E={ArrowDown:1,ArrowUp:-1,PageDown:8,PageUp:-8}[d.key];d.key==="Enter"?(d.preventDefault(),v[w]&&R(v[w])):E&&(d.preventDefault(),w=Math.min(Math.max(w+E,0),h.length-1),O())}return A(),m}var Qe=e=>/[@＠\p{L}]/u.test(e);function J(e,t){let{t:r}=e,n=t.kinds.length>1,i=ye(e),o=i.find(p=>p.region===e.settings.region)??i[0]??Ve("US"),s=t.kinds[0],a=Xe(e,o,p=>{o=p,A(),c.input.focus()}),c=x("",{autocapitalize:"none",spellcheck:!1,required:!0,dir:"ltr",onInput:h,onBlur:w},t.hint??"",a.element),l=c.element.querySelector("label"),g=t.kinds.map(p=>u("button",{type:"button",onClick:()=>{f(p),c.fail(""),c.input.focus()}},r(`signin.${p}`)));function f(p){s=p,g.forEach((d,T)=>d.setAttribute("aria-pressed",String(t.kinds[T]===s))),l.textContent=r(s==="phone"?"signin.phone_label":"signin.email_label"),c.input.inputMode=s==="phone"?"tel":"email",c.input.setAttribute("autocomplete",t.autocomplete??(s==="phone"?"tel":"email")),c.input.name=s,a.element.hidden=s!=="phone"}function m(p){return i.includes(p)?(o=p,a.set(p),!0):!1}function h(p){if(s!=="phone"||v())return;let{inputType:d,data:T}=p;d?.startsWith("delete")||d==="insertCompositionText"||d==="insertText"&&T?.length===1||w(),A()}function v(){let{input:p}=c,d=p.value;if(!n||!Qe(d)||!/[@＠]/.test(d)&&D(d).length>=7)return!1;let T=d.replace(/(?<=\d)[ -](?=[\d@＠])/g,"").replace("＠","@").trim();return T!==d&&(p.value=T),f("email"),!0}function w(){if(s!=="phone"||v())return;let p=Ze(c.input.value,o);p&&(p.country===o||m(p.country))&&(c.input.value=ce(p.digits,o))}function A(){let{input:p}=c,d=$(p.value),T=d.slice(0,p.selectionStart??d.length).replace(/[^0-9+]/g,"").length,E=d.trimStart().startsWith("+"),b=D(d),P=E?me(b,o):void 0;P&&m(P.country);let L=P?`+${P.country.dial} ${ce(P.rest,P.country)}`:(E?"+":"")+(E?b:ce(b,o));if(L===p.value)return;p.value=L;let ie=Ye(L,T);p.matches(":focus")&&p.setSelectionRange(ie,ie)}function O(){let p=c.input.value.trim();if(s==="email"){if(/^[^\s@]+@[^\s@]+$/.test(p))return{email:p};c.fail(r("signin.error.invalid_email"))}else{w();let d=$(c.input.value).trim(),T=D(d);if(T.length>=4)return d.startsWith("+")?{phone:`+${T}`}:{phone:T,region:o.region};c.fail(r("signin.error.invalid_phone"))}c.input.focus()}f(t.first&&n&&Qe(t.first)?"email":s),c.input.value=t.first??"",w();let R=n?u("div",null,u("div",{class:"tabs",role:"group","aria-label":r("signin.kind")},...g),c.element):c.element;return{...c,element:R,value:O}}function W(e,t){let r=$(e).trim();if(/^[\d\s\-‐-―]*$/.test(r))return r.replace(/\D/g,"");let i=(r.match(/\d+(?:[ \-]\d+)*/g)??[]).map(o=>o.replace(/\D/g,""));return i.find(o=>o.length===t)??i.find(o=>o.length>=4&&o.length<=10)??""}function he(e){let t=Math.max(0,Math.ceil(e));return`${Math.floor(t/60)}:${String(t%60).padStart(2,"0")}`}async function K(e,t,r,n){let i=e.settings.channels[0];n??=t.phone&&i!=="sms"?i:void 0;try{return await e.solving(o=>e.client.otp({...t,purpose:r,channel:n,captcha:o}))}catch(o){if(!(o instanceof y)||!o.otpId)throw o;let{otpId:s}=o;return{otpId:s,to:t.email??t.phone??"",...await e.client.status(s)}}}var $t=["invalid_phone","invalid_email","invalid_username","weak_password","invalid_credentials","otp_invalid","forbidden","region_not_allowed","captcha_required","captcha","reauthentication_required","session_ended","unauthorized","not_found","request_timeout","too_slow","factor_invalid","passkey","passkey_unknown","site_storage","site","username_taken","phone_taken","email_taken","link_taken","rate_limited","unavailable","offline"];function ke(e,t,r){let n=ve(t,r.retryAfter??60);return r.code==="rate_limited"&&r.limit==="locked"?e("signin.error.locked",{time:n}):r.code==="otp_invalid"&&r.attemptsLeft?e("signin.error.otp_left",{n:r.attemptsLeft}):$t.includes(r.code)?e(`signin.error.${r.code}`,{time:n}):e("signin.error.other",{id:r.requestId??r.code})}function ve(e,t){let[r,n]=t<90?[t,"second"]:t<5400?[t/60,"minute"]:[t/3600,"hour"];return new Intl.NumberFormat(e,{style:"unit",unit:n,unitDisplay:"long"}).format(Math.ceil(r))}var et=30,Kt=["invalid_number","invalid_address","not_mobile","opted_out","unreachable_handset","blocked_by_carrier"],X=()=>performance.now()/1e3;function z(e,t,r,n={}){let{t:i,settings:o}=e,s=t.email?o.emailDigits:o.phoneDigits,a=r,c=X(),l,g=!1,f="",m=new AbortController,h=new AbortController,v=x(i("signin.code"),{inputMode:"numeric",autocomplete:"one-time-code",name:"code",required:!0,class:"code",spellcheck:!1,dir:"ltr",onInput:T}),w=u("p",null),A=u("p",{role:"status",class:"told small"}),O=u("button",{type:"button",class:"link",onClick:()=>Ce()}),R=u("div",{class:"row"}),p=k=>k-(X()-c),d=()=>g||p(a.expiresIn)<=0;function T(){let k=W(v.input.value,s);v.input.value!==k&&k.length>=4&&(v.input.value=k),!n.waits&&k.length===s&&k!==f&&v.input.form?.requestSubmit()}function E(){let k=W(v.input.value,s);if(k.length>=4)return f=k,{otpId:a.otpId,otp:k};v.fail(i("signin.error.code_short",{n:s})),v.input.focus()}function b(k){!(k instanceof y)||!["otp_invalid","not_found"].includes(k.code)||k.field&&k.field!=="otp"||(g=!k.attemptsLeft,v.input.select(),L())}function P(k){a=k,c=X(),l=void 0,g=!1,f="",_(w,...Bt(i(`signin.sent_by.${a.channel}`),a.to)),m.abort(),m=new AbortController,e.client.watch(a.otpId,I=>{l=I,L()},m.signal).catch(()=>{}),L()}function L(){let k=p(a.resendIn);v.hint(d()?i("signin.code_gone"):i("signin.code_hint",{n:s,time:he(p(a.expiresIn))})),O.textContent=d()?i("signin.code_new"):k>0?i("signin.again_in",{time:he(k)}):i("signin.again"),O.setAttribute("aria-disabled",String(!d()&&k>0));let I=ie();A.textContent!==I&&(A.textContent=I);let F=gt(k);R.dataset.offer!==F.join()&&(R.dataset.offer=F.join(),_(R,...F.map(Se=>u("button",{type:"button",onClick:()=>Ce(Se)},i(`signin.by.${Se}`)))))}function ie(){if(d())return"";if(l?.status==="failed")return i(`signin.failed.${Kt.includes(l.reason??"")?l.reason:"other"}`);if(l?.status==="delivered")return i("signin.status.delivered");let k=l?.expectedIn??a.expectedIn;if(X()-c>Math.max(et,3*(k??0)))return i("signin.status.late");let I=i(`signin.status.${l?.status==="sent"?"sent":"queued"}`);return k?`${I} ${i("signin.status.expected",{time:ve(e.options.locale,k)})}`:I}function gt(k){if(l?.status==="failed")return l.offer??[];let I=X()-c>Math.max(et,3*(l?.expectedIn??a.expectedIn??0));return!t.phone||!I||k>0||l?.status==="delivered"?[]:o.channels.filter(F=>F!==a.channel)}function Ce(k){O.getAttribute("aria-disabled")==="true"&&!k||e.work(v.fail,async()=>{P(await yt(k)),v.input.focus()})}async function yt(k){if(d()||k&&l?.status!=="failed")return K(e,t,n.purpose,k);let{otpId:I}=a;try{return await e.solving(F=>e.client.call("POST","/user/otp",{otpId:I,channel:k,captcha:F},{auth:!1}))}catch(F){if(!(F instanceof y)||F.code!=="not_found")throw F;return K(e,t,n.purpose,k)}}let ht=setInterval(L,1e3);return P(r),Gt(v.input,h.signal),{field:v,lead:w,value:E,refused:b,below:u("div",{class:"message"},A,u("div",{class:"row"},O),R),stop(){clearInterval(ht),m.abort(),h.abort()}}}function Bt(e,t){let[r,n]=e.split("{to}");return[r,u("strong",{dir:"ltr"},t),n]}function Gt(e,t){if(!("OTPCredential"in window))return;let r={otp:{transport:["sms"]},signal:t};navigator.credentials.get(r).then(n=>{e.value=n.code,e.dispatchEvent(new Event("input"))},()=>{})}var Dt=4*6e4;function V(e){return e.offers("passkey")&&isSecureContext&&!!e.settings.passkeys?.includes(location.origin)&&e.client.passkeys.supported()}async function Ut(e,t){let r;await ee(e,async()=>r=await e.client.passkeys.signIn({mfaToken:t}),n=>{throw n}).catch(n=>{if(r||n instanceof y)throw n;if(!["NotAllowedError","AbortError"].includes(n.name))throw new y(0,{code:"passkey"},n)})}function Q(e,t,{mfaToken:r,inField:n}={}){if(!V(e))return;let i=async()=>{await e.work(t,async()=>{await n?.pause(),await Ut(e,r)}),n?.start()};return u("button",{type:"button",class:"wide",onClick:()=>{i()}},e.t("signin.passkey"))}function tt(e,t){let r=new AbortController,n=Promise.resolve(),i=!V(e),o=()=>(r.abort(),n),s=()=>{i||(r.abort(),r=new AbortController,n=Ht(e,t,r.signal))};return s(),{start:s,pause:o,end(){i=!0,r.abort()}}}async function Ht(e,t,r){if(await e.client.passkeys.autofills())for(;!r.aborted;){let n=new AbortController,i=()=>n.abort();r.addEventListener("abort",i);let o=setTimeout(i,Dt);try{let s=await e.client.passkeys.signIn({autofill:!0,signal:n.signal});await e.done(s);return}catch(s){if(s instanceof y&&s.code==="invalid_credentials")t(e.t("signin.error.passkey_unknown"));else if(!n.signal.aborted)return}finally{clearTimeout(o),r.removeEventListener("abort",i)}}}function nt(e,t,r){let{t:n}=e,i=H(),o=u("p",{role:"status",class:"told small"}),s=u("button",{type:"button",class:"wide",async onClick(){try{await navigator.clipboard.writeText(r.join(`
`)),o.textContent=n("signin.recovery_copied")}catch{o.textContent=n("signin.recovery_by_hand")}}},n("signin.recovery_copy"));return{name:"recovery",title:n("signin.recovery_title"),body:[u("p",null,n("signin.recovery_keep")),u("ul",{class:"recovery",dir:"ltr"},...r.map(a=>u("li",null,u("code",null,a)))),o,s,u("button",{type:"button",class:"main wide",onClick:()=>{e.work(i.fail,()=>e.done(t))}},n("signin.recovery_kept")),i.element]}}var te=6;async function rt(e,t,r){if(r.includes("enroll"))return e.go(zt(e,t,await e.client.factors.enroll(t)));let n=r.includes("passkey")&&V(e);if(r.includes("totp"))return e.go(st(e,t,r));if(n||!r.includes("recovery_code"))return e.go(Wt(e,t,r));e.go(be(e,t,r))}async function it(e,t,r=n=>e.done(n)){let n;try{n=await e.client.factors.complete(t)}catch(i){if(!(i instanceof y)||i.code!=="otp_invalid")throw i;if(i.field!=="mfaToken")throw new y(i.status,{code:"factor_invalid"},i);return e.begin(new y(i.status,{code:"too_slow"}))}await r(n)}function Jt(e){let t=x(e.t("signin.totp"),{inputMode:"numeric",autocomplete:"one-time-code",name:"totp",class:"code",required:!0,dir:"ltr",onInput(){let r=W(t.input.value,te);r.length!==te||r===t.input.dataset.tried||(t.input.value=t.input.dataset.tried=r,t.input.form?.requestSubmit())}},e.t("signin.totp_hint"));return t}function ot(e,t,r){let n=Jt(e);return{element:S(e,e.t("signin.sign_in"),n,[n.element],async()=>{let o=W(n.input.value,te);if(o.length===te)return it(e,{mfaToken:t,totp:o},r);n.fail(e.t("signin.error.code_short",{n:te})),n.input.focus()}),input:n.input,fail:n.fail}}function st(e,t,r){let{t:n}=e,i=ot(e,t);return{name:"factor",title:n("signin.factor_title"),focus:i.input,body:[u("p",null,n("signin.factor_app")),i.element,r.includes("passkey")&&Q(e,i.fail,{mfaToken:t}),le(e,r.includes("recovery_code")&&C(n("signin.factor_lost"),()=>e.go(be(e,t,r))))]}}function Wt(e,t,r){let{t:n}=e,i=H(),o=Q(e,i.fail,{mfaToken:t});return o?.classList.add("main"),{name:"factor-passkey",title:n("signin.factor_title"),focus:o,body:[u("p",null,n(o?"signin.factor_passkey":"signin.factor_elsewhere")),i.element,o,le(e,r.includes("recovery_code")&&C(n("signin.factor_lost"),()=>e.go(be(e,t,r))))]}}function be(e,t,r){let{t:n}=e,i=x(n("signin.recovery"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0,maxLength:64,dir:"ltr"},n("signin.recovery_hint")),o=S(e,n("signin.sign_in"),i,[i.element],async()=>{let s=i.input.value.trim();if(s)return it(e,{mfaToken:t,recoveryCode:s});i.fail(n("signin.error.required")),i.input.focus()});return{name:"factor-lost",title:n("signin.factor_title"),focus:i.input,body:[o,le(e,r.includes("totp")&&C(n("signin.factor_use_app"),()=>e.go(st(e,t,r))))]}}function zt(e,t,r){let{t:n}=e,i=ot(e,t,async o=>{try{e.go(nt(e,o,await e.client.factors.recoveryCodes()))}catch(s){if(!(s instanceof y))throw s;await e.done(o)}});return{name:"enroll",title:n("signin.enroll_title"),focus:i.input,body:[u("p",null,n("signin.enroll_scan")),u("img",{class:"qr",alt:n("signin.enroll_picture"),width:200,height:200,src:`data:image/svg+xml,${encodeURIComponent(r.svg)}`}),u("p",{class:"small"},n("signin.enroll_type")," ",u("code",{dir:"ltr"},r.secret.replace(/(.{4})(?=.)/g,"$1 "))),r.uri.startsWith("otpauth:")&&u("a",{class:"small open",href:r.uri},n("signin.enroll_open")),i.element,le(e,!1)]}}var le=(e,t)=>u("div",{class:"links"},t,C(e.t("signin.back"),()=>e.begin()));function at(e,t,r){let{t:n}=e,i=x(n("signin.invite"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0},n("signin.invite_hint"));return r&&i.fail(r),{name:"invite",title:n("signin.invite_title"),focus:i.input,body:[S(e,n("signin.continue"),i,[i.element],()=>t(i.input.value.trim())),C(n("signin.back"),()=>e.begin())]}}function ne(e,{methods:t=[]},r){let{t:n}=e,i=["phone","email"].filter(a=>t.includes(a));if(t.includes("password"))return Vt(e,i,r);let o=J(e,{kinds:i.length?[...i]:["email"],hint:n("signin.second_hint")}),s=S(e,n("signin.continue"),o,[o.element],async()=>{let a=o.value();a&&e.go(Zt(e,a,await K(e,a),r))});return{name:"second",title:n("signin.second_title"),focus:o.input,body:[u("p",null,n("signin.second_address")),s,we(e)]}}function Vt(e,t,r){let{t:n}=e,i=B(e,n("signin.password"),"current-password"),o=S(e,n("signin.continue"),i,[i.element],async()=>{if(i.input.value)return r({secondPassword:i.input.value});i.fail(n("signin.error.required")),i.input.focus()}),s=C(n("signin.use_code"),()=>e.go(ne(e,{methods:t},r)));return{name:"second",title:n("signin.second_title"),focus:i.input,body:[u("p",null,n("signin.second_password")),o,t.length>0&&s,we(e)]}}function Zt(e,t,r,n){let{t:i}=e,o=z(e,t,r),s=S(e,i("signin.continue"),o.field,[o.field.element],()=>re(o,({otpId:a,otp:c})=>n({secondOtpId:a,secondOtp:c})));return{name:"second-code",title:i("signin.second_title"),focus:o.field.input,leave:o.stop,body:[o.lead,s,o.below,we(e)]}}var we=e=>u("div",{class:"links"},C(e.t("signin.back"),()=>e.begin()));async function M(e,t){await ee(e,()=>e.solving(r=>e.client.login({...t,captcha:r})),r=>{if(r.code==="mfa_required")return e.go(ne(e,r,n=>M(e,{...t,...n})));if(r.code==="forbidden"&&t.otpId&&e.settings.signUp==="invite")return e.go(at(e,n=>M(e,{...t,invite:n}),t.invite?e.t("signin.error.invite"):""));throw r})}async function ee(e,t,r){let n;try{n=await t()}catch(i){if(!(i instanceof y))throw i;return i.mfaToken?rt(e,i.mfaToken,i.methods??[]):r(i)}await e.done(n)}function ct(e,t,r){let{t:n}=e,i=z(e,t,r);return{name:"code",title:n("signin.code_title"),focus:i.field.input,leave:i.stop,body:[i.lead,S(e,n("signin.sign_in"),i.field,[i.field.element],()=>re(i,o=>M(e,o))),i.below,u("div",{class:"links"},C(n("signin.other_address"),()=>e.begin()))]}}async function re(e,t){let r=e.value();if(r)try{await t(r)}catch(n){throw e.refused(n),n}}function Te(e){let{t,settings:r}=e,n=J(e,{kinds:r.mail?["phone","email"]:["phone"],hint:t("signin.reset_hint"),first:e.options.hint}),i=S(e,t("signin.continue"),n,[n.element],async()=>{let o=n.value();o&&e.go(Yt(e,o,await K(e,o,"reset")))});return{name:"reset",title:t("signin.reset_title"),focus:n.input,body:[i,u("div",{class:"links"},C(t("signin.back"),()=>e.go(Z(e))))]}}function Yt(e,t,r){let{t:n}=e,i=z(e,t,r,{purpose:"reset",waits:!0}),o=B(e,n("signin.new_password"),"new-password",n("signin.password_hint")),s=u("input",{type:"text",autocomplete:"username",value:t.email??t.phone,hidden:!0,readOnly:!0}),a=S(e,n("signin.reset_do"),{...i.field,fail(c,l){let g=l?.code==="weak_password";i.field.fail(g?"":c),o.fail(g?c:"")}},[i.field.element,s,o.element],()=>re(i,async c=>{let l=o.input.value;if(!l)return o.fail(n("signin.error.required")),o.input.focus();await lt(e,t,{...c,newPassword:l})}));return{name:"new-password",title:n("signin.reset_title"),focus:i.field.input,leave:i.stop,body:[i.lead,a,i.below,u("div",{class:"links"},C(n("signin.other_address"),()=>e.go(Te(e))))]}}async function lt(e,t,r){try{await e.client.resetPassword(r)}catch(n){if(!(n instanceof y)||n.code!=="mfa_required")throw n;return e.go(ne(e,n,i=>lt(e,t,{...r,...i})))}try{await M(e,{...t,password:r.newPassword})}catch(n){if(!(n instanceof y))throw n;e.go(jt(e))}}function jt(e){let{t}=e,{element:r}=H();return{name:"set",title:t("signin.reset_done"),body:[u("p",null,t(e.settings.resetWaits?"signin.reset_waits":"signin.reset_next")),r,u("button",{type:"button",class:"main wide",onClick:()=>e.go(Z(e))},t("signin.sign_in"))]}}function Xt(e,t){return e.includes("@")?{email:e}:/^[+0-9][0-9 ()./-]+$/.test($(e))?{phone:e,region:t}:{username:e}}function Z(e,t=e.options.hint??"",r=""){let{t:n,settings:i}=e,o=x(n("signin.account"),{autocomplete:"username",autocapitalize:"none",spellcheck:!1,required:!0,name:"username",value:t}),s=B(e,n("signin.password"),"current-password"),a=S(e,n("signin.sign_in"),s,[o.element,s.element],async()=>{let l=o.input.value.trim();if(o.fail(l?"":n("signin.error.required")),!l)return o.input.focus();if(!s.input.value)return s.fail(n("signin.error.required")),s.input.focus();await M(e,{...Xt(l,i.region),password:s.input.value})});r&&s.fail(r);let c=e.offers("phone")||e.offers("email");return{name:"password",title:n("signin.password_title"),focus:t?s.input:o.input,body:[a,u("div",{class:"links"},c&&C(n("signin.use_code"),()=>e.begin()),C(n("signin.forgot"),()=>e.go(Te(e))))]}}function ut(e){let{t,settings:r}=e,n=x(t("signin.username"),{autocomplete:"username",autocapitalize:"none",spellcheck:!1,required:!0,maxLength:64,name:"username"},t("signin.username_hint")),i=B(e,t("signin.new_password"),"new-password",t("signin.password_hint")),o=r.signUp==="invite"?x(t("signin.invite"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0}):void 0,s=o?[n,i,o]:[n,i],a={invalid_username:n,username_taken:n,weak_password:i,forbidden:o??n},c=S(e,t("signin.create"),{...i,fail(l,g){s.forEach(f=>f.fail("")),(a[g?.code??""]??i).fail(l)}},s.map(l=>l.element),async()=>{let l=s.find(m=>!m.input.value);if(l)return l.fail(t("signin.error.required")),l.input.focus();let g=n.input.value.trim().toLowerCase(),f=i.input.value;await e.client.register({username:g,password:f,invite:o?.input.value.trim()}),await M(e,{username:g,password:f})});return{name:"register",title:t("signin.register_title"),focus:n.input,body:[c,u("div",{class:"links"},C(t("signin.back"),()=>e.begin()))]}}var Qt={github:"GitHub",line:"LINE",linkedin:"LinkedIn",wechat:"WeChat"};function dt(e,t){let{settings:r,options:n}=e;return!e.offers("sites")||!n.comeBack||!isSecureContext?[]:(r.social??[]).map(({name:i})=>u("button",{type:"button",class:"wide",onClick:()=>{e.work(t,()=>en(e,i))}},e.t("signin.site",{site:Qt[i]??i.charAt(0).toUpperCase()+i.slice(1)})))}async function en(e,t,r){try{e.options.leave?.(),await e.client.social.redirect(t,e.options.comeBack,{invite:r})}catch(n){throw n instanceof y?n:new y(0,{code:"site_storage"},n)}}function pt(e,t=""){let{t:r,settings:n,options:i}=e,o=["phone","email"].filter(f=>e.offers(f)&&(f==="phone"||n.email));if(o.length===0)return Z(e,void 0,t);let s=J(e,{kinds:o,hint:r("signin.ask_hint"),first:i.hint,autocomplete:V(e)?"username webauthn":void 0}),a=S(e,r("signin.continue"),s,[s.element],async()=>{let f=s.value();f&&e.go(ct(e,f,await K(e,f)))}),c=f=>s.fail(f),l=tt(e,c),g=[Q(e,c,{inField:l}),...dt(e,c)].filter(f=>!!f);return t&&s.fail(t),{name:"ask",title:r("signin.title",{name:i.name}),focus:s.input,leave:l.end,body:[a,g.length>0&&u("div",{class:"or small soft"},u("span",null,r("signin.or"))),g.length>0&&u("div",{class:"stack tight"},...g),u("div",{class:"links"},e.offers("password")&&C(r("signin.use_password"),()=>e.go(Z(e))),e.offers("password")&&n.signUp!=="closed"&&C(r("signin.new_account"),()=>e.go(ut(e))))]}}var ue=class{t;client;settings;step;busy=!1;options;root;first;constructor(t,r,n){this.root=t,this.options=r,this.first=n,this.t=ae(r.texts),this.client=r.client,this.settings=r.settings}go(t){let r=!this.step;this.close(),this.step=t;let n=u("h1",{tabIndex:-1},t.title),{application:i}=this.settings;_(this.root,u("div",{class:`step ${t.name}`},u("header",null,n,i&&u("p",{class:"soft"},this.t("signin.for",{name:i}))),...t.body)),(!r||this.options.focus)&&(t.focus??n).focus()}offers(t){let{methods:r}=this.options;return!r?.length||r.includes(t)}close(){this.step?.leave?.(),this.step=void 0}shows(t){return this.step===t}async work(t,r){if(!this.busy){this.busy=!0,this.root.setAttribute("aria-busy","true"),t("");try{await r()}catch(n){if(!(n instanceof y))throw n;t(ke(this.t,this.options.locale,n),n),this.options.failed?.(n)}finally{this.busy=!1,this.root.removeAttribute("aria-busy")}}}async solving(t){try{return await t()}catch(r){let{captcha:n}=this.options;if(!(r instanceof y)||r.code!=="captcha_required"||!n)throw r;return t(await n(r))}}begin(t){this.go(this.first(this,t&&ke(this.t,this.options.locale,t)))}async done(t){try{await this.options.done(t)}catch(r){if(!(r instanceof y))throw r;this.begin(r)}}};function ft(e,t,r){let n=new ue(e,t,pt);return r?(n.go(nn(n)),tn(n,r)):n.begin(),{close(){n.close(),e.replaceChildren()}}}async function tn(e,t){let r=!1;await e.work((n,i)=>i&&e.begin(i),()=>ee(e,async()=>{let n=await t();if(n)return n;throw r=!0,new y(0,{code:"none"})},n=>{if(r)return e.begin();throw n.code==="forbidden"?new y(n.status,{...n.body,code:"site"}):n}))}function nn(e){return{name:"wait",title:e.t("signin.wait"),body:[u("div",{class:"bar",role:"progressbar","aria-label":e.t("signin.wait")})]}}function mt(e,t){for(let r of t){let[n]=r.toLowerCase().split(/[-_]/),i=e.find(o=>o.toLowerCase()===r.toLowerCase())??e.find(o=>o.toLowerCase()===n);if(i)return i}return"en"}function zi(e,t){let r=new URL(".",t).href;class n extends HTMLElement{static observedAttributes=["locale","methods","service","storage","theme"];root=this.attachShadow({mode:"open"});mounted;made;turn=0;get client(){return this.made??=fe({url:this.service,storage:this.getAttribute("storage")??"memory",locale:this.locale,onChange:o=>o||this.ended()})}connectedCallback(){this.begin()}disconnectedCallback(){this.turn++,this.mounted?.close()}attributeChangedCallback(o,s,a){s!==a&&((o==="service"||o==="storage")&&(this.made?.close(),this.made=void 0),this.isConnected&&this.turn>0&&this.begin())}get service(){return new URL(this.getAttribute("service")??r,location.href).href.replace(/\/$/,"")}get locale(){let o=this.getAttribute("locale")??this.closest("[lang]")?.getAttribute("lang");return mt(Object.keys(e.languages),o?[o]:navigator.languages)}async begin(){let o=++this.turn;this.mounted?.close(),this.mounted=void 0;let s=await fetch(new URL(e.languages[this.locale],r)).catch(()=>{}),a=s?.ok?await s.json():void 0;if(o!==this.turn)return;if(!a)return this.tell("error",new y(0,{code:"offline"}));let c=new CSSStyleSheet;c.replaceSync(a.style),Ue(c,this.getAttribute("theme")??De(this)),this.root.adoptedStyleSheets=[c],this.show(a)}show(o){let s=ae(o.texts),{brand:a,settings:c}=e,l=(m,h)=>m&&u("a",{href:m,target:"_blank",rel:"noopener"},s(h)),g=u("div",null),f=u("div",{class:"card",part:"card",lang:o.locale,dir:o.dir},g,(a.terms||a.privacy)&&u("footer",{class:"row small soft",part:"footer"},l(a.terms,"signin.terms"),l(a.privacy,"signin.privacy")));if(this.root.replaceChildren(f),this.client.signedIn)return this.showOut(g,s);this.mounted=ft(g,{client:this.client,settings:c,locale:o.locale,texts:o.texts,name:a.name,methods:this.getAttribute("methods")?.split(/[\s,]+/).filter(Boolean),done:m=>this.done(m,g,s),captcha:e.captcha===void 0?void 0:m=>Je({room:f,url:`${this.service}/${e.captcha}`,locale:o.locale,t:s},m),failed:m=>this.tell("error",m)})}done(o,s,a){this.mounted?.close(),this.mounted=void 0,this.showOut(s,a),this.tell("signed-in",o)}showOut(o,s){_(o,u("div",{class:"step"},u("p",{role:"status"},s("signin.signed_in")),u("button",{type:"button",class:"wide",part:"sign-out",onClick:()=>{this.client.signOut().catch(()=>{})}},s("signin.sign_out"))))}ended(){this.tell("signed-out"),this.isConnected&&this.begin()}tell(o,s){this.dispatchEvent(new CustomEvent(o,{detail:s,bubbles:!0,composed:!0}))}}customElements.get("user-api-signin")||customElements.define("user-api-signin",n)}export{zi as define};
