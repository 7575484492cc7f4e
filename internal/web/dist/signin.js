function qe({url:e,call:t,forget:n,locale:r}){return{user:i=>t("GET","/user/info",void 0,i),updateUser:(i,o)=>t("PATCH","/user/info",i,o),avatar:{set:(i,o)=>t("PUT","/user/avatar",void 0,{...o,raw:i,headers:{"Content-Type":i.type,...o?.headers}}),remove:i=>t("DELETE","/user/avatar",void 0,i),url:({avatar:i},o=512)=>i&&`${e}${i}${i.includes("?")?"&":"?"}size=${o}`},addresses:{ask(i,o){let s="phone"in i?"phone":"email";return t("POST",`/user/${s}/otp`,{locale:r,...i},o)},verify:(i,o,s,a)=>t("POST",`/user/${i}/verify`,{otpId:o,otp:s},a),remove:(i,o)=>t("DELETE",`/user/${i}`,void 0,o)},setPassword:(i,o)=>t("POST","/user/password",i,o),sessions:{list:async i=>(await t("GET","/user/sessions",void 0,i)).sessions,end:(i,o)=>t("DELETE",`/user/sessions/${encodeURIComponent(i)}`,void 0,o),endOthers:i=>t("DELETE","/user/sessions",void 0,i),async endAll(i){await t("DELETE","/user/sessions?scope=all",void 0,i),await n()}},exportData:i=>t("GET","/user/export",void 0,{timeout:120,...i}),async deleteAccount(i={},o){await t("DELETE","/user",i,o),await n()}}}var g=class extends Error{status;code;field;retryAfter;attemptsLeft;requestId;mfaToken;methods;limit;captcha;siteKey;otpId;body;constructor(t,n,r){super(n.msg||n.code,{cause:r}),this.name="ApiError",this.status=t,this.body=n,this.code=n.code,this.field=n.field,this.retryAfter=n.retryAfter,this.attemptsLeft=n.attemptsLeft,this.requestId=n.requestId,this.mfaToken=n.mfaToken,this.methods=n.methods,this.limit=n.limit,this.captcha=n.captcha,this.siteKey=n.siteKey,this.otpId=n.otpId}};function N(e){return e instanceof g&&(e.status===0||e.status===429||e.status>=502)}function Be({call:e,enter:t}){return{complete:(n,r)=>t("/user/login/mfa",n,r),state:n=>e("GET","/user/totp",void 0,n),enroll:(n,r)=>n?e("POST","/user/login/mfa/enroll",{mfaToken:n},{auth:!1,...r}):e("POST","/user/totp",void 0,r),confirm:(n,r)=>Ne(e("POST","/user/totp/confirm",{totp:n},r)),recoveryCodes:n=>Ne(e("POST","/user/recovery-codes",void 0,n)),remove:n=>e("DELETE","/user/totp",void 0,n),stopReset:n=>e("DELETE","/user/totp/reset",void 0,n)}}async function Ne(e){return(await e).recoveryCodes}function pe(e){let t=String.fromCharCode(...new Uint8Array(e));return btoa(t).replaceAll("+","-").replaceAll("/","_").replaceAll("=","")}function Q(e){return Uint8Array.from(atob(e.replaceAll("-","+").replaceAll("_","/")),t=>t.charCodeAt(0))}function Ke({call:e,enter:t}){return{supported:()=>typeof PublicKeyCredential=="function"&&!!navigator.credentials,autofills:async()=>typeof PublicKeyCredential=="function"&&!!await PublicKeyCredential.isConditionalMediationAvailable?.(),async signIn(n={}){let{mfaToken:r,autofill:i,...o}=n,{publicKey:s}=await e("POST","/user/login/passkey/options",{mfaToken:r},{auth:!1,...o}),a=i?"conditional":void 0,l=await navigator.credentials.get({publicKey:_t(s),mediation:a,signal:o.signal}),u=$e(l);return r?t("/user/login/mfa",{mfaToken:r,passkey:u},o):t("/user/login/passkey",{credential:u},o)},async add(n,r){let{publicKey:i}=await e("POST","/user/passkeys/options",void 0,r),o=await navigator.credentials.create({publicKey:xt(i),signal:r?.signal});return e("POST","/user/passkeys",{credential:$e(o),name:n},r)},list:async n=>(await e("GET","/user/passkeys",void 0,n)).passkeys,rename:(n,r,i)=>e("PATCH",`/user/passkeys/${n}`,{name:r},i),remove:(n,r)=>e("DELETE",`/user/passkeys/${n}`,void 0,r)}}var Ge=(e=[])=>e.map(t=>({...t,id:Q(t.id)})),Ue=e=>typeof PublicKeyCredential[e]=="function";function xt(e){return Ue("parseCreationOptionsFromJSON")?PublicKeyCredential.parseCreationOptionsFromJSON(e):{...e,challenge:Q(e.challenge),user:{...e.user,id:Q(e.user.id)},excludeCredentials:Ge(e.excludeCredentials)}}function _t(e){return Ue("parseRequestOptionsFromJSON")?PublicKeyCredential.parseRequestOptionsFromJSON(e):{...e,challenge:Q(e.challenge),allowCredentials:Ge(e.allowCredentials)}}function $e(e){let t=e;if(typeof t.toJSON=="function")return t.toJSON();let n={};for(let s of["clientDataJSON","attestationObject","authenticatorData","signature","userHandle"]){let a=t.response[s];a&&(n[s]=pe(a))}let r=t.response.getTransports?.();r&&(n.transports=r);let{id:i,type:o}=t;return{id:i,rawId:i,type:o,clientExtensionResults:t.getClientExtensionResults(),response:n}}var Ot=/^\/user\/(otp|login|login\/mfa|register|anonymous|password\/reset)$/,At=3;function De(e){let t=new Map;return async(n,r,i,o={},s)=>{let a=new Headers(o.headers),l=i===void 0?void 0:JSON.stringify(i);l!==void 0&&a.set("Content-Type","application/json"),s&&a.set("Authorization",`Bearer ${s}`);let u=a.get("Idempotency-Key");if(!u&&n==="POST"&&Ot.test(r)){let v=t.get(r);u=v&&v.text===l?v.key:B(),a.set("Idempotency-Key",u)}let f={method:n,headers:a,body:o.raw??l,keepalive:o.keepalive},m=o.repeatable??(n==="GET"||!!u),y=performance.now();for(let v=1;;v++)try{let k=o.timeouts?.[v-1]??o.timeout??(o.raw?120:30),b=await Rt(e,r,f,k*1e3,o.signal);return u&&t.delete(r),b}catch(k){u&&(N(k)?t.set(r,{text:l,key:u}):t.delete(r));let b=m&&v<At?It(k,v):1/0;if(performance.now()-y+b>(o.retryFor??e.retryFor)*1e3)throw k;await H(b,o.signal)}}}function It(e,t){if(!N(e))return 1/0;let{status:n,retryAfter:r}=e;return r?r*1e3+Math.random()*250:n===429?1/0:150*2**t*(.5+Math.random())}async function Rt(e,t,n,r,i){let o=new AbortController,s=()=>o.abort(),a=setTimeout(s,r);i?.addEventListener("abort",s);try{i?.throwIfAborted();let l=await(e.fetch??fetch)(e.url+t,{...n,signal:o.signal}),u=await l.text();if(!l.ok)throw Ft(l,u);return u?JSON.parse(u):void 0}catch(l){throw l instanceof g?l:(i?.throwIfAborted(),new g(0,{code:"offline",msg:"No answer came."},l))}finally{clearTimeout(a),i?.removeEventListener("abort",s)}}function Ft({status:e,headers:t},n){let r;try{if(r=JSON.parse(n),typeof r.code!="string")throw 0}catch{r={code:e===429?"rate_limited":e>501?"unavailable":e===404?"not_found":"internal"}}return r.retryAfter??=Number(t.get("Retry-After"))||void 0,r.requestId??=t.get("X-Request-Id")??void 0,new g(e,r)}function H(e,t){return new Promise((n,r)=>{let i=()=>{clearTimeout(o),t?.removeEventListener("abort",i),t?.aborted?r(t.reason):n()},o=setTimeout(i,e);if(t?.aborted)return i();t?.addEventListener("abort",i)})}function B(){return Array.from(crypto.getRandomValues(new Uint8Array(16)),e=>e.toString(16).padStart(2,"0")).join("")}var fe=2e4,Lt=20;async function He(e,t){if(!e)return t();let n=()=>H(Lt).then(t),r=globalThis.navigator?.locks;if(!r)return Mt(e,n);let i=new AbortController,o=setTimeout(()=>i.abort(),fe),s=!1;try{return await r.request(e,{signal:i.signal},()=>(s=!0,clearTimeout(o),n()))}catch(a){if(s)throw a;return n()}finally{clearTimeout(o)}}async function Mt(e,t){let[n,r]=[`${e}.lock`,B()],i=()=>{let[o,s]=(localStorage.getItem(n)??"").split(" "),a=Number(s)-Date.now();return a>0&&a<=fe?o:void 0};try{for(let o=performance.now()+fe;performance.now()<o;){if(i()){await H(50);continue}if(localStorage.setItem(n,`${r} ${Date.now()+fe}`),await H(10+Math.random()*20),i()===r)break}}catch{}try{return await t()}finally{try{i()===r&&localStorage.removeItem(n)}catch{}}}var Ce=/^(refresh_|session_ended|unauthorized)/,Te=Symbol();function ze(e,t,n){let r,i=!1,o=0,s,a;function l(p){let d=r?.session!==p?.session;return o++,r=p,d&&queueMicrotask(()=>n(!!p)),p}async function u(){await s;let p=o,d=await f();return d!==Te&&p===o&&(d||!i)&&l(d),r}async function f(){try{return await e.get()}catch{return Te}}function m(p){i=!1;let d=()=>{i=!!p};try{let T=e.set(p);T&&(s=Promise.all([s,T.catch(d)]))}catch{d()}}function y(p){let d=r?.refreshToken;return m(p),k?.postMessage({was:d,now:p,unkept:i}),l(p)}async function v({data:p}){if(!p.was||p.was!==r?.refreshToken)return u();let d=await f();p.was===r?.refreshToken&&(d&&d!==Te&&d.refreshToken===p.was&&m(p.now),i=p.unkept,l(p.now))}let k=Bt(e.name,v),b=e.watch?.(()=>{u()});async function O(p){let d=await u();if(!d||d.accessToken!==p.accessToken)return d;if(!d.refreshToken)return y(void 0);let T;try{T=await t(d.refreshToken)}catch(w){if(!(w instanceof g&&w.status===401&&Ce.test(w.code)))throw w}let E=await u();return E?.refreshToken!==d.refreshToken?E:y(T&&Je(T,d.session))}function A(p){return a??=He(e.name,()=>O(p)).finally(()=>a=void 0)}let I=Nt(e);return I&&(r=I),{signedIn:()=>!!r,load:u,renew:A,async fresh(){let p=await u();if(!p?.refreshToken||We(p)>qt(p))return p;try{return await A(p)}catch(d){if(N(d)&&We(p)>0)return p;throw d}},adopt:p=>{y(Je(p,B()))},async end(){let p=await u();return y(void 0),p},close(){k?.close(),b?.()}}}function Je({accessToken:e,refreshToken:t,expiresIn:n},r){return{accessToken:e,refreshToken:t,expiresIn:n,at:Date.now(),session:r}}function We({expiresIn:e,at:t}){if(e===void 0)return 1/0;let n=(Date.now()-t)/1e3;return n<0?0:e-n}function qt({expiresIn:e=0}){return Math.min(30,e/10)}function Nt(e){try{let t=e.get();return t instanceof Promise?void 0:t}catch{return}}function Bt(e,t){if(!e||typeof BroadcastChannel!="function")return;let n=new BroadcastChannel(e);return n.onmessage=t,n.unref?.(),n}function Ve({call:e,enter:t,locale:n}){let r={auth:!1},i=(o,s)=>e("GET",`/user/otp/${encodeURIComponent(o)}`,void 0,{...r,...s});return{otp:(o,s)=>e("POST","/user/otp",{locale:n,...o},{...r,...s}),resend:(o,s,a)=>e("POST","/user/otp",{otpId:o,channel:s},{...r,...a}),status:i,async watch(o,s,a){let l;for(let u=1e3;!a?.aborted;u=Math.min(u*1.3,5e3)){try{if(l=await i(o,{signal:a,retryFor:0}),a?.aborted||(s(l),l.status==="delivered"||l.status==="failed"))break}catch(f){if(a?.aborted||f.status===404)break;if(!N(f))throw f;u=Math.max(u,(f.retryAfter??0)*1e3)}await H(u,a).catch(()=>{})}return l},login:(o,s)=>t("/user/login",o,s),register:(o,s)=>e("POST","/user/register",o,{...r,...s}),resetPassword:(o,s)=>e("POST","/user/password/reset",o,{...r,...s}),anonymous:(o={},s)=>t("/user/anonymous",o,s)}}var z="user-api.social";function Ze({url:e,call:t,enter:n}){let r=async(s,a)=>(await t("POST","/user/links",s,a)).links,i=(s,a)=>n("/user/login/social",s,a);async function o({provider:s,code:a,verifier:l,invite:u,link:f},m){if(!f)return i({provider:s,code:a,verifier:l,invite:u},m);await r({provider:s,code:a,verifier:l},m)}return{providers:async s=>(await t("GET","/user/login/social",void 0,{auth:!1,...s})).providers,async redirect(s,a,{link:l,fresh:u,invite:f}={}){let m={provider:s,verifier:B()+B(),state:B(),link:l,invite:f};sessionStorage.setItem(z,JSON.stringify(m));let y=await crypto.subtle.digest("SHA-256",new TextEncoder().encode(m.verifier)),v=new URLSearchParams({returnTo:a,challenge:pe(y),state:m.state});u&&v.set("fresh","true"),location.assign(`${e}/user/login/social/${encodeURIComponent(s)}?${v}`)},async finish(s){let a=JSON.parse(sessionStorage.getItem(z)??"null");if(!a)return;let l=new URL(location.href),{code:u,error:f,state:m}=Object.fromEntries(l.searchParams);if(m===a.state&&(u||f)){for(let y of["code","error","state"])l.searchParams.delete(y);if(history.replaceState(history.state,"",l),a.code=u,f)throw sessionStorage.removeItem(z),new g(400,{code:f})}if(a.code)try{let y=await o(a,s);return sessionStorage.removeItem(z),y}catch(y){throw N(y)?sessionStorage.setItem(z,JSON.stringify(a)):sessionStorage.removeItem(z),y}},login:i,links:async s=>(await t("GET","/user/links",void 0,s)).links,link:r,unlink:(s,a)=>t("DELETE",`/user/links/${encodeURIComponent(s)}`,void 0,a)}}function Ye(e,t){if(typeof e=="object")return e;if(e!=="memory")try{let r=e==="local"?globalThis.localStorage:globalThis.sessionStorage;if(r)return $t(r,t)}catch{}let n;return{get:()=>n,set:r=>{n=r}}}function $t(e,t){return{name:t,get(){let n=e.getItem(t);if(n==="")throw new Error("the tokens are in memory alone");return n===null?void 0:Kt(n)},set(n){if(!n)return e.removeItem(t);let r=JSON.stringify(n);try{e.setItem(t,r)}catch{e.setItem(t,""),e.setItem(t,r)}},watch(n){let r=o=>(o.key===t||o.key===null)&&n(),i=o=>o.persisted&&n();return addEventListener("storage",r),addEventListener("pageshow",i),()=>{removeEventListener("storage",r),removeEventListener("pageshow",i)}}}}function Kt(e){try{let t=JSON.parse(e);return typeof t?.accessToken=="string"?t:void 0}catch{return}}function me(e={}){let t=(e.url??"").replace(/\/+$/,""),n=De({url:t,fetch:e.fetch,retryFor:e.retryFor??10}),r=Ye(e.storage??"memory",`user-api${t&&` ${t}`}`),i=ze(r,o,e.onChange??(()=>{}));function o(u){return n("POST","/user/refresh",{refreshToken:u},{repeatable:!0,timeouts:[4,10,10],retryFor:8})}let s=async(u,f,m,y={})=>{let{signal:v}=y,k=y.auth??!0?await Xe(i.fresh(),v):void 0;try{return await n(u,f,m,y,k?.accessToken)}catch(b){if(!k||!(b instanceof g&&b.status===401&&Ce.test(b.code)))throw b;let O=await Xe(i.renew(k),v);if(O?.session!==k.session)throw b;return n(u,f,m,y,O.accessToken)}};async function a(u,f,m){let y=await s("POST",u,f,{auth:!1,...m});return i.adopt(y),y}let l={url:t,call:s,enter:a,locale:e.locale,forget:i.end};return{call:s,get signedIn(){return i.signedIn()},adopt:u=>i.adopt(u),accessToken:async()=>(await i.fresh())?.accessToken,async signOut(){let u=await i.end();if(!u)return;let{accessToken:f,refreshToken:m}=u;await n("POST","/user/logout",m?{refreshToken:m}:void 0,{repeatable:!0,keepalive:!0},f).catch(v=>{if(v.status!==401)throw v})},close:()=>i.close(),...Ve(l),...qe(l),factors:Be(l),passkeys:Ke(l),social:Ze(l)}}function Xe(e,t){if(!t)return e;let n=new AbortController,r=new Promise((i,o)=>{let s=()=>o(t.reason);t.aborted&&s(),t.addEventListener("abort",s,{signal:n.signal})});return Promise.race([e,r]).finally(()=>n.abort())}function c(e,t,...n){return je(document.createElement(e),t,n)}function je(e,t,n){for(let[r,i]of Object.entries(t??{}))i==null||i===!1||(r.startsWith("on")&&typeof i=="function"?e.addEventListener(r.slice(2).toLowerCase(),i):e instanceof HTMLElement&&r in e&&!/^(class|role|list|form|aria|data)/.test(r)?e[r]=i:e.setAttribute(r,i===!0?"":String(i)));return e.append(...n.filter(r=>r!==!1&&r!==null&&r!==void 0).map(r=>typeof r=="number"?String(r):r)),e}function x(e,...t){e.replaceChildren(),je(e,null,t)}var L=JSON.parse(document.getElementById("page").textContent),ge=document.getElementById("app");function ye(e){return(t,n={})=>(e[t]??t).replace(/\{(\w+)\}/g,(r,i)=>i in n?String(n[i]):r)}var J=ye(L.texts);var Gt=0;function _(e,t,n="",r){let i=`field-${++Gt}`,o=c("input",{id:i,"aria-describedby":`${i}-hint ${i}-error`,...t}),s=c("p",{id:`${i}-hint`,class:"soft"},n),a=c("p",{id:`${i}-error`,class:"error",role:"alert"});return{input:o,element:c("div",{class:"field"},c("label",{htmlFor:i},e),c("div",{class:"inputs"},r,o),c("div",{class:"below small"},s,a)),hint:(...l)=>x(s,...l),fail(l){s.hidden=!!l,x(a,l),l?o.setAttribute("aria-invalid","true"):o.removeAttribute("aria-invalid")}}}function D(e,t,n,r=""){let i=_(t,{type:"password",autocomplete:n,required:!0,maxLength:128},r),o=c("button",{type:"button",class:"show","aria-pressed":"false","aria-controls":i.input.id,onClick(){let s=i.input.type==="password";i.input.type=s?"text":"password",o.setAttribute("aria-pressed",String(s))}},e.t("signin.show"));return i.input.after(o),i}function S(e,t,n,r,i){let o=c("form",{class:"stack",noValidate:!0,onSubmit(s){s.preventDefault(),e.work((a,l)=>{n.fail(a,l),a&&o.querySelector("[aria-invalid]")?.focus()},i)}},...r,c("button",{class:"main wide"},t));return o}function V(){let e=c("p",{class:"error",role:"alert"});return{element:c("div",{class:"below small"},e),fail:t=>x(e,t)}}function C(e,t){return c("button",{type:"button",class:"link",onClick:t},e)}var Qe=`US~1~1~~3-3-4
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
UZ~998~~~2 3 2 2`;var ee=Qe.split(`
`).map(e=>{let[t,n,r,i,o]=e.split("~"),s=o?o.split("/"):[];return{region:t,dial:n,trunk:r,begins:i?new RegExp(`^(?:${i})`):void 0,groups:s.filter(a=>!a.includes("=")),special:Object.fromEntries(s.filter(a=>a.includes("=")).map(a=>a.split("=")))}});function tt(e){return ee.find(t=>t.region===e)}var Ut=[..."0٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０"].map(e=>e.codePointAt(0));function $(e){return e.replace(/[\p{Nd}＋]/gu,t=>{let n=t.codePointAt(0),r=Ut.find(i=>n>=i&&n<i+10);return t==="＋"?"+":r===void 0?t:String(n-r)})}var W=e=>$(e).replace(/[^0-9]/g,"");function he(e,t){let{trunk:n}=t;return n&&e.startsWith(n)?n+et(e.slice(n.length),t,n!=="0"):et(e,t,!1)}function et(e,t,n){let r=t.special[e.slice(0,2)]??t.groups.find(a=>Dt(a)>=e.length)??t.groups.at(-1);if(!r||!e)return e;let i=n?" ":"",o=0,s=r.split(/(\D)/);for(let a=0;a<s.length&&o<e.length;a+=2){let u=a+2>=s.length?e.length:o+Number(s[a]);i+=(a>0?s[a-1]:"")+e.slice(o,u),o=u}return i}var Dt=e=>e.split(/\D/).reduce((t,n)=>t+Number(n),0);function Se(e,t){for(let n=1;n<=3;n++){let r=e.slice(0,n),i=r.length===n?ee.filter(a=>a.dial===r):[];if(!i.length)continue;let o=e.slice(n);return{country:i.find(a=>a.begins?.test(o))??(t?.dial===r&&!t.begins?t:i[0]),rest:o}}}function nt(e,t){let i=($(e).replace(/\p{Cf}/gu,"").match(/\+?\s*\(?\d[\d\s().\-/‐-―]*/gu)??[]).reduce((u,f)=>W(f).length>W(u).length?f:u,"").trim(),o=W(i);if(!o)return;if(!/^(\+|00)/.test(i))return{country:t,digits:o};i.startsWith("+")||(o=o.slice(2));let s=Se(o,t);if(!s)return;let{country:a}=s,l=a.trunk&&i.includes(`(${a.trunk})`);return{country:a,digits:l&&s.rest.startsWith(a.trunk)?s.rest.slice(a.trunk.length):s.rest}}function rt(e,t){let n=0;for(let r=0;n<e.length&&r<t;n++)/[0-9+]/.test(e[n])&&r++;return n}var Ht=0,Pe=e=>e.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function it(e){let t=new Intl.DisplayNames([e],{type:"region",fallback:"code"});return n=>t.of(n)??n}function Ee(e){let{regions:t}=e.settings;return t?.length?ee.filter(n=>t.includes(n.region)):ee}function ot(e,t,n){let{t:r}=e,i=Ee(e),o=it(e.options.locale),s=t,a=c("span",{dir:"ltr"}),l=c("button",{type:"button",class:"country","aria-haspopup":"dialog",onClick:f,disabled:i.length<2},a),u=m=>{s=m,x(a,c("span",{class:"soft"},m.region),` +${m.dial}`),l.setAttribute("aria-label",r("signin.country_is",{name:o(m.region),dial:m.dial}))};u(t);function f(){let m=Jt(e,i,o,s,y=>{u(y),n(y)});l.after(m),m.addEventListener("close",()=>m.remove()),m.showModal()}return{element:c("div",{class:"picker"},l),set:u}}function Jt(e,t,n,r,i){let{t:o}=e,s=`countries-${++Ht}`,a=it("en"),l=t.map(d=>({country:d,name:n(d.region)})).sort((d,T)=>d.name.localeCompare(T.name,e.options.locale)).map(d=>({...d,words:Pe(`${d.name} ${a(d.country.region)}`).split(/[\s,()&-]+/).concat(d.country.region.toLowerCase(),d.country.dial)})),u=c("ul",{id:s,role:"listbox","aria-label":o("signin.country")}),f=c("p",{class:"soft",role:"status"}),m=c("input",{type:"text",role:"combobox","aria-label":o("signin.country_search"),placeholder:o("signin.country_search"),autocomplete:"off",spellcheck:!1,"aria-controls":s,"aria-expanded":"true","aria-autocomplete":"list",onInput:O,onKeydown:p}),y=c("dialog",{class:"countries","aria-label":o("signin.country")},c("div",{class:"row"},m,c("button",{type:"button",class:"link",onClick:()=>y.close()},o("signin.close"))),f,u);y.addEventListener("click",d=>d.target===y&&y.close());let v=[],k=[],b=0;function O(){let d=Pe(m.value.replace("+","")).trim(),T=(w,P)=>P.startsWith(d)?0:w.some(M=>M.startsWith(d))?1:P.includes(d)?2:3,E=l.map((w,P)=>({...w,order:P,rank:d?T(w.words,Pe(w.name)):0})).filter(w=>w.rank<3).sort((w,P)=>w.rank-P.rank||w.order-P.order);v=E.map(({country:w,name:P})=>c("li",{id:`${s}-${w.region}`,role:"option","aria-selected":String(w.region===r.region),onClick:()=>I(w)},c("span",null,P),c("span",{class:"soft",dir:"ltr"},`+${w.dial}`))),x(u,...v),f.textContent=E.length?"":o("signin.country_none"),b=d?0:Math.max(0,E.findIndex(w=>w.country.region===r.region)),k=E.map(w=>w.country),A()}function A(){v.forEach((d,T)=>d.classList.toggle("at",T===b)),m.setAttribute("aria-activedescendant",v[b]?.id??""),v[b]?.scrollIntoView({block:"nearest"})}function I(d){y.close(),i(d)}function p(d){let E={ArrowDown:1,ArrowUp:-1,PageDown:8,PageUp:-8}[d.key];d.key==="Enter"?(d.preventDefault(),k[b]&&I(k[b])):E&&(d.preventDefault(),b=Math.min(Math.max(b+E,0),v.length-1),A())}return O(),y}var st=e=>/[@＠\p{L}]/u.test(e);function Z(e,t){let{t:n}=e,r=t.kinds.length>1,i=Ee(e),o=i.find(p=>p.region===e.settings.region)??i[0]??tt("US"),s=t.kinds[0],a=ot(e,o,p=>{o=p,O(),l.input.focus()}),l=_("",{autocapitalize:"none",spellcheck:!1,required:!0,dir:"ltr",onInput:v,onBlur:b},t.hint??"",a.element),u=l.element.querySelector("label"),f=t.kinds.map(p=>c("button",{type:"button",onClick:()=>{m(p),l.fail(""),l.input.focus()}},n(`signin.${p}`)));function m(p){s=p,f.forEach((d,T)=>d.setAttribute("aria-pressed",String(t.kinds[T]===s))),u.textContent=n(s==="phone"?"signin.phone_label":"signin.email_label"),l.input.inputMode=s==="phone"?"tel":"email",l.input.setAttribute("autocomplete",t.autocomplete??(s==="phone"?"tel":"email")),l.input.name=s,a.element.hidden=s!=="phone"}function y(p){return i.includes(p)?(o=p,a.set(p),!0):!1}function v(p){if(s!=="phone"||k())return;let{inputType:d,data:T}=p;d?.startsWith("delete")||d==="insertCompositionText"||d==="insertText"&&T?.length===1||b(),O()}function k(){let{input:p}=l,d=p.value;if(!r||!st(d)||!/[@＠]/.test(d)&&W(d).length>=7)return!1;let T=d.replace(/(?<=\d)[ -](?=[\d@＠])/g,"").replace("＠","@").trim();return T!==d&&(p.value=T),m("email"),!0}function b(){if(s!=="phone"||k())return;let p=nt(l.input.value,o);p&&(p.country===o||y(p.country))&&(l.input.value=he(p.digits,o))}function O(){let{input:p}=l,d=$(p.value),T=d.slice(0,p.selectionStart??d.length).replace(/[^0-9+]/g,"").length,E=d.trimStart().startsWith("+"),w=W(d),P=E?Se(w,o):void 0;P&&y(P.country);let M=P?`+${P.country.dial} ${he(P.rest,P.country)}`:(E?"+":"")+(E?w:he(w,o));if(M===p.value)return;p.value=M;let de=rt(M,T);p.matches(":focus")&&p.setSelectionRange(de,de)}function A(){let p=l.input.value.trim();if(s==="email"){if(/^[^\s@]+@[^\s@]+$/.test(p))return{email:p};l.fail(n("signin.error.invalid_email"))}else{b();let d=$(l.input.value).trim(),T=W(d);if(T.length>=4)return d.startsWith("+")?{phone:`+${T}`}:{phone:T,region:o.region};l.fail(n("signin.error.invalid_phone"))}l.input.focus()}m(t.first&&r&&st(t.first)?"email":s),l.input.value=t.first??"",b();let I=r?c("div",null,c("div",{class:"tabs",role:"group","aria-label":n("signin.kind")},...f),l.element):l.element;return{...l,element:I,value:A}}function Y(e,t){let n=$(e).trim();if(/^[\d\s\-‐-―]*$/.test(n))return n.replace(/\D/g,"");let i=(n.match(/\d+(?:[ \-]\d+)*/g)??[]).map(o=>o.replace(/\D/g,""));return i.find(o=>o.length===t)??i.find(o=>o.length>=4&&o.length<=10)??""}function xe(e){let t=Math.max(0,Math.ceil(e));return`${Math.floor(t/60)}:${String(t%60).padStart(2,"0")}`}async function K(e,t,n,r){let i=e.settings.channels[0];r??=t.phone&&i!=="sms"?i:void 0;try{return await e.solving(o=>e.client.otp({...t,purpose:n,channel:r,captcha:o}))}catch(o){if(!(o instanceof g)||!o.otpId)throw o;let{otpId:s}=o;return{otpId:s,to:t.email??t.phone??"",...await e.client.status(s)}}}var Wt=["invalid_phone","invalid_email","invalid_username","weak_password","invalid_credentials","otp_invalid","forbidden","region_not_allowed","captcha_required","reauthentication_required","session_ended","unauthorized","not_found","request_timeout","too_slow","factor_invalid","passkey","passkey_unknown","site_storage","site","username_taken","phone_taken","email_taken","link_taken","rate_limited","unavailable","offline"];function _e(e,t,n){let r=Oe(t,n.retryAfter??60);return n.code==="rate_limited"&&n.limit==="locked"?e("signin.error.locked",{time:r}):n.code==="otp_invalid"&&n.attemptsLeft?e("signin.error.otp_left",{n:n.attemptsLeft}):Wt.includes(n.code)?e(`signin.error.${n.code}`,{time:r}):e("signin.error.other",{id:n.requestId??n.code})}function Oe(e,t){let[n,r]=t<90?[t,"second"]:t<5400?[t/60,"minute"]:[t/3600,"hour"];return new Intl.NumberFormat(e,{style:"unit",unit:r,unitDisplay:"long"}).format(Math.ceil(n))}var at=30,zt=["invalid_number","invalid_address","not_mobile","opted_out","unreachable_handset","blocked_by_carrier"],te=()=>performance.now()/1e3;function X(e,t,n,r={}){let{t:i,settings:o}=e,s=t.email?o.emailDigits:o.phoneDigits,a=n,l=te(),u,f=!1,m="",y=new AbortController,v=new AbortController,k=_(i("signin.code"),{inputMode:"numeric",autocomplete:"one-time-code",name:"code",required:!0,class:"code",spellcheck:!1,dir:"ltr",onInput:T}),b=c("p",null),O=c("p",{role:"status",class:"told small"}),A=c("button",{type:"button",class:"link",onClick:()=>Le()}),I=c("div",{class:"row"}),p=h=>h-(te()-l),d=()=>f||p(a.expiresIn)<=0;function T(){let h=Y(k.input.value,s);k.input.value!==h&&h.length>=4&&(k.input.value=h),!r.waits&&h.length===s&&h!==m&&k.input.form?.requestSubmit()}function E(){let h=Y(k.input.value,s);if(h.length>=4)return m=h,{otpId:a.otpId,otp:h};k.fail(i("signin.error.code_short",{n:s})),k.input.focus()}function w(h){!(h instanceof g)||!["otp_invalid","not_found"].includes(h.code)||h.field&&h.field!=="otp"||(f=!h.attemptsLeft,k.input.select(),M())}function P(h){a=h,l=te(),u=void 0,f=!1,m="",x(b,...Vt(i(`signin.sent_by.${a.channel}`),a.to)),y.abort(),y=new AbortController,e.client.watch(a.otpId,R=>{u=R,M()},y.signal).catch(()=>{}),M()}function M(){let h=p(a.resendIn);k.hint(d()?i("signin.code_gone"):i("signin.code_hint",{n:s,time:xe(p(a.expiresIn))})),A.textContent=d()?i("signin.code_new"):h>0?i("signin.again_in",{time:xe(h)}):i("signin.again"),A.setAttribute("aria-disabled",String(!d()&&h>0));let R=de();O.textContent!==R&&(O.textContent=R);let F=St(h);I.dataset.offer!==F.join()&&(I.dataset.offer=F.join(),x(I,...F.map(Me=>c("button",{type:"button",onClick:()=>Le(Me)},i(`signin.by.${Me}`)))))}function de(){if(d())return"";if(u?.status==="failed")return i(`signin.failed.${zt.includes(u.reason??"")?u.reason:"other"}`);if(u?.status==="delivered")return i("signin.status.delivered");let h=u?.expectedIn??a.expectedIn;if(te()-l>Math.max(at,3*(h??0)))return i("signin.status.late");let R=i(`signin.status.${u?.status==="sent"?"sent":"queued"}`);return h?`${R} ${i("signin.status.expected",{time:Oe(e.options.locale,h)})}`:R}function St(h){if(u?.status==="failed")return u.offer??[];let R=te()-l>Math.max(at,3*(u?.expectedIn??a.expectedIn??0));return!t.phone||!R||h>0||u?.status==="delivered"?[]:o.channels.filter(F=>F!==a.channel)}function Le(h){A.getAttribute("aria-disabled")==="true"&&!h||e.work(k.fail,async()=>{P(await Pt(h)),k.input.focus()})}async function Pt(h){if(d()||h&&u?.status!=="failed")return K(e,t,r.purpose,h);let{otpId:R}=a;try{return await e.solving(F=>e.client.call("POST","/user/otp",{otpId:R,channel:h,captcha:F},{auth:!1}))}catch(F){if(!(F instanceof g)||F.code!=="not_found")throw F;return K(e,t,r.purpose,h)}}let Et=setInterval(M,1e3);return P(n),Zt(k.input,v.signal),{field:k,lead:b,value:E,refused:w,below:c("div",{class:"message"},O,c("div",{class:"row"},A),I),stop(){clearInterval(Et),y.abort(),v.abort()}}}function Vt(e,t){let[n,r]=e.split("{to}");return[n,c("strong",{dir:"ltr"},t),r]}function Zt(e,t){if(!("OTPCredential"in window))return;let n={otp:{transport:["sms"]},signal:t};navigator.credentials.get(n).then(r=>{e.value=r.code,e.dispatchEvent(new Event("input"))},()=>{})}var Yt=4*6e4;function j(e){return isSecureContext&&!!e.settings.passkeys?.includes(location.origin)&&e.client.passkeys.supported()}async function Xt(e,t){let n;await re(e,async()=>n=await e.client.passkeys.signIn({mfaToken:t}),r=>{throw r}).catch(r=>{if(n||r instanceof g)throw r;if(!["NotAllowedError","AbortError"].includes(r.name))throw new g(0,{code:"passkey"},r)})}function ne(e,t,{mfaToken:n,inField:r}={}){if(!j(e))return;let i=async()=>{await e.work(t,async()=>{await r?.pause(),await Xt(e,n)}),r?.start()};return c("button",{type:"button",class:"wide",onClick:()=>{i()}},e.t("signin.passkey"))}function ct(e,t){let n=new AbortController,r=Promise.resolve(),i=!j(e),o=()=>(n.abort(),r),s=()=>{i||(n.abort(),n=new AbortController,r=jt(e,t,n.signal))};return s(),{start:s,pause:o,end(){i=!0,n.abort()}}}async function jt(e,t,n){if(await e.client.passkeys.autofills())for(;!n.aborted;){let r=new AbortController,i=()=>r.abort();n.addEventListener("abort",i);let o=setTimeout(i,Yt);try{let s=await e.client.passkeys.signIn({autofill:!0,signal:r.signal});await e.done(s);return}catch(s){if(s instanceof g&&s.code==="invalid_credentials")t(e.t("signin.error.passkey_unknown"));else if(!r.signal.aborted)return}finally{clearTimeout(o),n.removeEventListener("abort",i)}}}function lt(e,t,n){let{t:r}=e,i=V(),o=c("p",{role:"status",class:"told small"}),s=c("button",{type:"button",class:"wide",async onClick(){try{await navigator.clipboard.writeText(n.join(`
`)),o.textContent=r("signin.recovery_copied")}catch{o.textContent=r("signin.recovery_by_hand")}}},r("signin.recovery_copy"));return{name:"recovery",title:r("signin.recovery_title"),body:[c("p",null,r("signin.recovery_keep")),c("ul",{class:"recovery",dir:"ltr"},...n.map(a=>c("li",null,c("code",null,a)))),o,s,c("button",{type:"button",class:"main wide",onClick:()=>{e.work(i.fail,()=>e.done(t))}},r("signin.recovery_kept")),i.element]}}var ie=6;async function ut(e,t,n){if(n.includes("enroll"))return e.go(tn(e,t,await e.client.factors.enroll(t)));let r=n.includes("passkey")&&j(e);if(n.includes("totp"))return e.go(ft(e,t,n));if(r||!n.includes("recovery_code"))return e.go(en(e,t,n));e.go(Ae(e,t,n))}async function dt(e,t,n=r=>e.done(r)){let r;try{r=await e.client.factors.complete(t)}catch(i){if(!(i instanceof g)||i.code!=="otp_invalid")throw i;if(i.field!=="mfaToken")throw new g(i.status,{code:"factor_invalid"},i);return e.begin(new g(i.status,{code:"too_slow"}))}await n(r)}function Qt(e){let t=_(e.t("signin.totp"),{inputMode:"numeric",autocomplete:"one-time-code",name:"totp",class:"code",required:!0,dir:"ltr",onInput(){let n=Y(t.input.value,ie);n.length!==ie||n===t.input.dataset.tried||(t.input.value=t.input.dataset.tried=n,t.input.form?.requestSubmit())}},e.t("signin.totp_hint"));return t}function pt(e,t,n){let r=Qt(e);return{element:S(e,e.t("signin.sign_in"),r,[r.element],async()=>{let o=Y(r.input.value,ie);if(o.length===ie)return dt(e,{mfaToken:t,totp:o},n);r.fail(e.t("signin.error.code_short",{n:ie})),r.input.focus()}),input:r.input,fail:r.fail}}function ft(e,t,n){let{t:r}=e,i=pt(e,t);return{name:"factor",title:r("signin.factor_title"),focus:i.input,body:[c("p",null,r("signin.factor_app")),i.element,n.includes("passkey")&&ne(e,i.fail,{mfaToken:t}),ke(e,n.includes("recovery_code")&&C(r("signin.factor_lost"),()=>e.go(Ae(e,t,n))))]}}function en(e,t,n){let{t:r}=e,i=V(),o=ne(e,i.fail,{mfaToken:t});return o?.classList.add("main"),{name:"factor-passkey",title:r("signin.factor_title"),focus:o,body:[c("p",null,r(o?"signin.factor_passkey":"signin.factor_elsewhere")),i.element,o,ke(e,n.includes("recovery_code")&&C(r("signin.factor_lost"),()=>e.go(Ae(e,t,n))))]}}function Ae(e,t,n){let{t:r}=e,i=_(r("signin.recovery"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0,maxLength:64,dir:"ltr"},r("signin.recovery_hint")),o=S(e,r("signin.sign_in"),i,[i.element],async()=>{let s=i.input.value.trim();if(s)return dt(e,{mfaToken:t,recoveryCode:s});i.fail(r("signin.error.required")),i.input.focus()});return{name:"factor-lost",title:r("signin.factor_title"),focus:i.input,body:[o,ke(e,n.includes("totp")&&C(r("signin.factor_use_app"),()=>e.go(ft(e,t,n))))]}}function tn(e,t,n){let{t:r}=e,i=pt(e,t,async o=>{try{e.go(lt(e,o,await e.client.factors.recoveryCodes()))}catch(s){if(!(s instanceof g))throw s;await e.done(o)}});return{name:"enroll",title:r("signin.enroll_title"),focus:i.input,body:[c("p",null,r("signin.enroll_scan")),c("img",{class:"qr",alt:r("signin.enroll_picture"),width:200,height:200,src:`data:image/svg+xml,${encodeURIComponent(n.svg)}`}),c("p",{class:"small"},r("signin.enroll_type")," ",c("code",{dir:"ltr"},n.secret.replace(/(.{4})(?=.)/g,"$1 "))),n.uri.startsWith("otpauth:")&&c("a",{class:"small open",href:n.uri},r("signin.enroll_open")),i.element,ke(e,!1)]}}var ke=(e,t)=>c("div",{class:"links"},t,C(e.t("signin.back"),()=>e.begin()));function mt(e,t,n){let{t:r}=e,i=_(r("signin.invite"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0},r("signin.invite_hint"));return n&&i.fail(n),{name:"invite",title:r("signin.invite_title"),focus:i.input,body:[S(e,r("signin.continue"),i,[i.element],()=>t(i.input.value.trim())),C(r("signin.back"),()=>e.begin())]}}function oe(e,{methods:t=[]},n){let{t:r}=e,i=["phone","email"].filter(a=>t.includes(a));if(t.includes("password"))return nn(e,i,n);let o=Z(e,{kinds:i.length?[...i]:["email"],hint:r("signin.second_hint")}),s=S(e,r("signin.continue"),o,[o.element],async()=>{let a=o.value();a&&e.go(rn(e,a,await K(e,a),n))});return{name:"second",title:r("signin.second_title"),focus:o.input,body:[c("p",null,r("signin.second_address")),s,Ie(e)]}}function nn(e,t,n){let{t:r}=e,i=D(e,r("signin.password"),"current-password"),o=S(e,r("signin.continue"),i,[i.element],async()=>{if(i.input.value)return n({secondPassword:i.input.value});i.fail(r("signin.error.required")),i.input.focus()}),s=C(r("signin.use_code"),()=>e.go(oe(e,{methods:t},n)));return{name:"second",title:r("signin.second_title"),focus:i.input,body:[c("p",null,r("signin.second_password")),o,t.length>0&&s,Ie(e)]}}function rn(e,t,n,r){let{t:i}=e,o=X(e,t,n),s=S(e,i("signin.continue"),o.field,[o.field.element],()=>se(o,({otpId:a,otp:l})=>r({secondOtpId:a,secondOtp:l})));return{name:"second-code",title:i("signin.second_title"),focus:o.field.input,leave:o.stop,body:[o.lead,s,o.below,Ie(e)]}}var Ie=e=>c("div",{class:"links"},C(e.t("signin.back"),()=>e.begin()));async function q(e,t){await re(e,()=>e.solving(n=>e.client.login({...t,captcha:n})),n=>{if(n.code==="mfa_required")return e.go(oe(e,n,r=>q(e,{...t,...r})));if(n.code==="forbidden"&&t.otpId&&e.settings.signUp==="invite")return e.go(mt(e,r=>q(e,{...t,invite:r}),t.invite?e.t("signin.error.invite"):""));throw n})}async function re(e,t,n){let r;try{r=await t()}catch(i){if(!(i instanceof g))throw i;return i.mfaToken?ut(e,i.mfaToken,i.methods??[]):n(i)}await e.done(r)}function gt(e,t,n){let{t:r}=e,i=X(e,t,n);return{name:"code",title:r("signin.code_title"),focus:i.field.input,leave:i.stop,body:[i.lead,S(e,r("signin.sign_in"),i.field,[i.field.element],()=>se(i,o=>q(e,o))),i.below,c("div",{class:"links"},C(r("signin.other_address"),()=>e.begin()))]}}async function se(e,t){let n=e.value();if(n)try{await t(n)}catch(r){throw e.refused(r),r}}function Re(e){let{t,settings:n}=e,r=Z(e,{kinds:n.mail?["phone","email"]:["phone"],hint:t("signin.reset_hint"),first:e.options.hint}),i=S(e,t("signin.continue"),r,[r.element],async()=>{let o=r.value();o&&e.go(on(e,o,await K(e,o,"reset")))});return{name:"reset",title:t("signin.reset_title"),focus:r.input,body:[i,c("div",{class:"links"},C(t("signin.back"),()=>e.go(ae(e))))]}}function on(e,t,n){let{t:r}=e,i=X(e,t,n,{purpose:"reset",waits:!0}),o=D(e,r("signin.new_password"),"new-password",r("signin.password_hint")),s=c("input",{type:"text",autocomplete:"username",value:t.email??t.phone,hidden:!0,readOnly:!0}),a=S(e,r("signin.reset_do"),{...i.field,fail(l,u){let f=u?.code==="weak_password";i.field.fail(f?"":l),o.fail(f?l:"")}},[i.field.element,s,o.element],()=>se(i,async l=>{let u=o.input.value;if(!u)return o.fail(r("signin.error.required")),o.input.focus();await yt(e,t,{...l,newPassword:u})}));return{name:"new-password",title:r("signin.reset_title"),focus:i.field.input,leave:i.stop,body:[i.lead,a,i.below,c("div",{class:"links"},C(r("signin.other_address"),()=>e.go(Re(e))))]}}async function yt(e,t,n){try{await e.client.resetPassword(n)}catch(r){if(!(r instanceof g)||r.code!=="mfa_required")throw r;return e.go(oe(e,r,i=>yt(e,t,{...n,...i})))}try{await q(e,{...t,password:n.newPassword})}catch(r){if(!(r instanceof g))throw r;e.go(sn(e))}}function sn(e){let{t}=e,{element:n}=V();return{name:"set",title:t("signin.reset_done"),body:[c("p",null,t(e.settings.resetWaits?"signin.reset_waits":"signin.reset_next")),n,c("button",{type:"button",class:"main wide",onClick:()=>e.go(ae(e))},t("signin.sign_in"))]}}function an(e,t){return e.includes("@")?{email:e}:/^[+0-9][0-9 ()./-]+$/.test($(e))?{phone:e,region:t}:{username:e}}function ae(e,t=e.options.hint??""){let{t:n,settings:r}=e,i=_(n("signin.account"),{autocomplete:"username",autocapitalize:"none",spellcheck:!1,required:!0,name:"username",value:t}),o=D(e,n("signin.password"),"current-password"),s=S(e,n("signin.sign_in"),o,[i.element,o.element],async()=>{let a=i.input.value.trim();if(i.fail(a?"":n("signin.error.required")),!a)return i.input.focus();if(!o.input.value)return o.fail(n("signin.error.required")),o.input.focus();await q(e,{...an(a,r.region),password:o.input.value})});return{name:"password",title:n("signin.password_title"),focus:t?o.input:i.input,body:[s,c("div",{class:"links"},C(n("signin.use_code"),()=>e.begin()),C(n("signin.forgot"),()=>e.go(Re(e))))]}}function ht(e){let{t,settings:n}=e,r=_(t("signin.username"),{autocomplete:"username",autocapitalize:"none",spellcheck:!1,required:!0,maxLength:64,name:"username"},t("signin.username_hint")),i=D(e,t("signin.new_password"),"new-password",t("signin.password_hint")),o=n.signUp==="invite"?_(t("signin.invite"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0}):void 0,s=o?[r,i,o]:[r,i],a={invalid_username:r,username_taken:r,weak_password:i,forbidden:o??r},l=S(e,t("signin.create"),{...i,fail(u,f){s.forEach(m=>m.fail("")),(a[f?.code??""]??i).fail(u)}},s.map(u=>u.element),async()=>{let u=s.find(y=>!y.input.value);if(u)return u.fail(t("signin.error.required")),u.input.focus();let f=r.input.value.trim().toLowerCase(),m=i.input.value;await e.client.register({username:f,password:m,invite:o?.input.value.trim()}),await q(e,{username:f,password:m})});return{name:"register",title:t("signin.register_title"),focus:r.input,body:[l,c("div",{class:"links"},C(t("signin.back"),()=>e.begin()))]}}var cn={github:"GitHub",line:"LINE",linkedin:"LinkedIn",wechat:"WeChat"};function kt(e,t){let{settings:n,options:r}=e;return!r.comeBack||!isSecureContext?[]:(n.social??[]).map(({name:i})=>c("button",{type:"button",class:"wide",onClick:()=>{e.work(t,()=>ln(e,i))}},e.t("signin.site",{site:cn[i]??i.charAt(0).toUpperCase()+i.slice(1)})))}async function ln(e,t,n){try{e.options.leave?.(),await e.client.social.redirect(t,e.options.comeBack,{invite:n})}catch(r){throw r instanceof g?r:new g(0,{code:"site_storage"},r)}}function vt(e,t=""){let{t:n,settings:r,options:i}=e,o=Z(e,{kinds:r.email?["phone","email"]:["phone"],hint:n("signin.ask_hint"),first:i.hint,autocomplete:j(e)?"username webauthn":void 0}),s=S(e,n("signin.continue"),o,[o.element],async()=>{let f=o.value();f&&e.go(gt(e,f,await K(e,f)))}),a=f=>o.fail(f),l=ct(e,a),u=[ne(e,a,{inField:l}),...kt(e,a)].filter(f=>!!f);return t&&o.fail(t),{name:"ask",title:n("signin.title",{name:i.name}),focus:o.input,leave:l.end,body:[s,u.length>0&&c("div",{class:"or small soft"},c("span",null,n("signin.or"))),u.length>0&&c("div",{class:"stack tight"},...u),c("div",{class:"links"},C(n("signin.use_password"),()=>e.go(ae(e))),r.signUp!=="closed"&&C(n("signin.new_account"),()=>e.go(ht(e))))]}}var ve=class{t;client;settings;step;busy=!1;options;root;first;constructor(t,n,r){this.root=t,this.options=n,this.first=r,this.t=ye(n.texts),this.client=n.client,this.settings=n.settings}go(t){let n=!this.step;this.close(),this.step=t;let r=c("h1",{tabIndex:-1},t.title),{application:i}=this.settings;x(this.root,c("div",{class:`step ${t.name}`},c("header",null,r,i&&c("p",{class:"soft"},this.t("signin.for",{name:i}))),...t.body)),(!n||this.options.focus)&&(t.focus??r).focus()}close(){this.step?.leave?.(),this.step=void 0}shows(t){return this.step===t}async work(t,n){if(!this.busy){this.busy=!0,this.root.setAttribute("aria-busy","true"),t("");try{await n()}catch(r){if(!(r instanceof g))throw r;t(_e(this.t,this.options.locale,r),r)}finally{this.busy=!1,this.root.removeAttribute("aria-busy")}}}async solving(t){try{return await t()}catch(n){let{captcha:r}=this.options;if(!(n instanceof g)||n.code!=="captcha_required"||!r)throw n;return t(await r(n))}}begin(t){this.go(this.first(this,t&&_e(this.t,this.options.locale,t)))}async done(t){try{await this.options.done(t)}catch(n){if(!(n instanceof g))throw n;this.begin(n)}}};function wt(e,t,n){let r=new ve(e,t,vt);return n?(r.go(dn(r)),un(r,n)):r.begin(),{close(){r.close(),e.replaceChildren()}}}async function un(e,t){let n=!1;await e.work((r,i)=>i&&e.begin(i),()=>re(e,async()=>{let r=await t();if(r)return r;throw n=!0,new g(0,{code:"none"})},r=>{if(n)return e.begin();throw r.code==="forbidden"?new g(r.status,{...r.body,code:"site"}):r}))}function dn(e){return{name:"wait",title:e.t("signin.wait"),body:[c("div",{class:"bar",role:"progressbar","aria-label":e.t("signin.wait")})]}}function bt(e,t){if(!e||e.length>2e3||!/^\/(?![/\\])/.test(e)||/[\\\u0000-\u0020\u007f-\u009f]/.test(e))return;let n;try{n=new URL(e,t)}catch{return}if(!(n.origin!==t||n.pathname.startsWith("//")||n.pathname==="/"))return n.href}var we="user-api.signin",ce=L.data,U=new URLSearchParams(location.search),Fe=U.has("state")&&(U.has("code")||U.has("error"))&&!ce.application,G=Fe?pn():ce.application?{authorize:location.search.slice(1)}:{returnTo:U.get("returnTo")??void 0},{locale:le}=L,ue=me({storage:"local",locale:le}),be=me({locale:le});function pn(){try{let e=sessionStorage.getItem(we);return sessionStorage.removeItem(we),JSON.parse(e??"{}")}catch{return{}}}function fn(){return bt(G.returnTo??null,location.origin)??(L.links.account&&new URL(L.links.account,location.origin).href)}async function mn(e){if(G.authorize!==void 0){let n=await be.call("POST","/oauth/authorize",{query:G.authorize});return Ct(n.location)}let t=await ue.accessToken().catch(()=>{});ue.adopt(e),t&&await be.call("POST","/user/logout",void 0,{auth:!1,headers:{Authorization:`Bearer ${t}`},retryFor:0}).catch(()=>{}),Tt()}function Tt(){let e=fn();if(e)return Ct(e);x(ge,c("div",{class:"card step"},c("h1",{tabIndex:-1},J("signin.signed_in")),c("button",{type:"button",class:"wide",onClick:()=>{ue.signOut().catch(()=>{}).then(()=>location.reload())}},J("signin.sign_out"))))}function Ct(e){x(ge,c("div",{class:"card step"},c("h1",{tabIndex:-1},J("signin.signed_in")),c("a",{class:"button main wide",href:e},J("signin.go_on")))),location.replace(e)}function gn(){let e=c("div",{class:"card"}),{logo:t,terms:n,privacy:r}=L.brand;x(ge,t&&c("img",{class:"logo",src:t,alt:L.brand.name,height:48}),e,(n||r)&&c("footer",{class:"row small soft"},n&&c("a",{href:n},J("signin.terms")),r&&c("a",{href:r},J("signin.privacy")))),wt(e,{client:be,settings:ce,locale:le,texts:L.texts,name:L.brand.name,done:mn,hint:U.get("login_hint")??void 0,focus:matchMedia("(hover: hover)").matches,comeBack:ce.home===`${location.origin}/`?ce.home:void 0,leave:()=>sessionStorage.setItem(we,JSON.stringify({...G,locale:le}))},Fe?()=>be.social.finish():void 0)}async function yn(){if(!ue.signedIn||G.authorize!==void 0||Fe||U.get("fresh")==="1")return!1;try{return await ue.user(),!0}catch(e){if(e instanceof g)return!1;throw e}}G.locale&&G.locale!==le&&!U.has("ui_locales")?(sessionStorage.setItem(we,JSON.stringify(G)),U.set("ui_locales",G.locale),location.replace(`/?${U}`)):await yn()?Tt():gn();
