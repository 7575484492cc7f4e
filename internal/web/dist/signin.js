function Ne({url:e,call:t,forget:r,locale:n}){return{user:i=>t("GET","/user/info",void 0,i),updateUser:(i,o)=>t("PATCH","/user/info",i,o),avatar:{set:(i,o)=>t("PUT","/user/avatar",void 0,{...o,raw:i,headers:{"Content-Type":i.type,...o?.headers}}),remove:i=>t("DELETE","/user/avatar",void 0,i),url:({avatar:i},o=512)=>i&&`${e}${i}${i.includes("?")?"&":"?"}size=${o}`},addresses:{ask(i,o){let s="phone"in i?"phone":"email";return t("POST",`/user/${s}/otp`,{locale:n,...i},o)},verify:(i,o,s,a)=>t("POST",`/user/${i}/verify`,{otpId:o,otp:s},a),remove:(i,o)=>t("DELETE",`/user/${i}`,void 0,o)},passwordState:i=>t("GET","/user/password",void 0,i),setPassword:(i,o)=>t("POST","/user/password",i,o),sessions:{list:async i=>(await t("GET","/user/sessions",void 0,i)).sessions,end:(i,o)=>t("DELETE",`/user/sessions/${encodeURIComponent(i)}`,void 0,o),endOthers:i=>t("DELETE","/user/sessions",void 0,i),async endAll(i){await t("DELETE","/user/sessions?scope=all",void 0,i),await r()}},events({cursor:i,limit:o}={},s){let a=new URLSearchParams;return i&&a.set("cursor",i),o&&a.set("limit",String(o)),t("GET",`/user/events?${a}`,void 0,s)},exportData:i=>t("GET","/user/export",void 0,{timeout:120,...i}),async deleteAccount(i={},o){await t("DELETE","/user",i,o),await r()}}}var y=class extends Error{status;code;field;retryAfter;attemptsLeft;requestId;mfaToken;methods;limit;captcha;siteKey;captchaAction;otpId;body;constructor(t,r,n){super(r.msg||r.code,{cause:n}),this.name="ApiError",this.status=t,this.body=r,this.code=r.code,this.field=r.field,this.retryAfter=r.retryAfter,this.attemptsLeft=r.attemptsLeft,this.requestId=r.requestId,this.mfaToken=r.mfaToken,this.methods=r.methods,this.limit=r.limit,this.captcha=r.captcha,this.siteKey=r.siteKey,this.captchaAction=r.captchaAction,this.otpId=r.otpId}};function $(e){return e instanceof y&&(e.status===0||e.status===429||e.status>=502)}function Be({call:e,enter:t}){return{complete:(r,n)=>t("/user/login/mfa",r,n),state:r=>e("GET","/user/totp",void 0,r),enroll:(r,n)=>r?e("POST","/user/login/mfa/enroll",{mfaToken:r},{auth:!1,...n}):e("POST","/user/totp",void 0,n),confirm:(r,n)=>$e(e("POST","/user/totp/confirm",{totp:r},n)),recoveryCodes:r=>$e(e("POST","/user/recovery-codes",void 0,r)),remove:r=>e("DELETE","/user/totp",void 0,r),stopReset:r=>e("DELETE","/user/totp/reset",void 0,r)}}async function $e(e){return(await e).recoveryCodes}function me(e){let t=String.fromCharCode(...new Uint8Array(e));return btoa(t).replaceAll("+","-").replaceAll("/","_").replaceAll("=","")}function ne(e){return Uint8Array.from(atob(e.replaceAll("-","+").replaceAll("_","/")),t=>t.charCodeAt(0))}function Ge({call:e,enter:t}){return{supported:()=>typeof PublicKeyCredential=="function"&&!!navigator.credentials,autofills:async()=>typeof PublicKeyCredential=="function"&&!!await PublicKeyCredential.isConditionalMediationAvailable?.(),async signIn(r={}){let{mfaToken:n,autofill:i,...o}=r,{publicKey:s}=await e("POST","/user/login/passkey/options",{mfaToken:n},{auth:!1,...o}),a=i?"conditional":void 0,u=await navigator.credentials.get({publicKey:Rt(s),mediation:a,signal:o.signal}),l=Ke(u);return n?t("/user/login/mfa",{mfaToken:n,passkey:l},o):t("/user/login/passkey",{credential:l},o)},async add(r,n){let{publicKey:i}=await e("POST","/user/passkeys/options",void 0,n),o=await navigator.credentials.create({publicKey:Ot(i),signal:n?.signal});return e("POST","/user/passkeys",{credential:Ke(o),name:r},n)},list:async r=>(await e("GET","/user/passkeys",void 0,r)).passkeys,rename:(r,n,i)=>e("PATCH",`/user/passkeys/${r}`,{name:n},i),remove:(r,n)=>e("DELETE",`/user/passkeys/${r}`,void 0,n)}}var Ue=(e=[])=>e.map(t=>({...t,id:ne(t.id)})),De=e=>typeof PublicKeyCredential[e]=="function";function Ot(e){return De("parseCreationOptionsFromJSON")?PublicKeyCredential.parseCreationOptionsFromJSON(e):{...e,challenge:ne(e.challenge),user:{...e.user,id:ne(e.user.id)},excludeCredentials:Ue(e.excludeCredentials)}}function Rt(e){return De("parseRequestOptionsFromJSON")?PublicKeyCredential.parseRequestOptionsFromJSON(e):{...e,challenge:ne(e.challenge),allowCredentials:Ue(e.allowCredentials)}}function Ke(e){let t=e;if(typeof t.toJSON=="function")return t.toJSON();let r={};for(let s of["clientDataJSON","attestationObject","authenticatorData","signature","userHandle"]){let a=t.response[s];a&&(r[s]=me(a))}let n=t.response.getTransports?.();n&&(r.transports=n);let{id:i,type:o}=t;return{id:i,rawId:i,type:o,clientExtensionResults:t.getClientExtensionResults(),response:r}}var It=/^\/user\/(otp|login|login\/mfa|register|anonymous|password\/reset)$/,Ft=3;function He(e){let t=new Map;return async(r,n,i,o={},s)=>{let a=new Headers(o.headers),u=i===void 0?void 0:JSON.stringify(i);u!==void 0&&a.set("Content-Type","application/json"),s&&a.set("Authorization",`Bearer ${s}`);let l=a.get("Idempotency-Key");if(!l&&r==="POST"&&It.test(n)){let k=t.get(n);l=k&&k.text===u?k.key:B(),a.set("Idempotency-Key",l)}let m={method:r,headers:a,body:o.raw??u,keepalive:o.keepalive},f=o.repeatable??(r==="GET"||!!l),g=performance.now();for(let k=1;;k++)try{let v=o.timeouts?.[k-1]??o.timeout??(o.raw?120:30),b=await Mt(e,n,m,v*1e3,o.signal);return l&&t.delete(n),b}catch(v){l&&($(v)?t.set(n,{text:u,key:l}):t.delete(n));let b=f&&k<Ft?Lt(v,k):1/0;if(performance.now()-g+b>(o.retryFor??e.retryFor)*1e3)throw v;await W(b,o.signal)}}}function Lt(e,t){if(!$(e))return 1/0;let{status:r,retryAfter:n}=e;return n?n*1e3+Math.random()*250:r===429?1/0:150*2**t*(.5+Math.random())}async function Mt(e,t,r,n,i){let o=new AbortController,s=()=>o.abort(),a=setTimeout(s,n);i?.addEventListener("abort",s);try{i?.throwIfAborted();let u=await(e.fetch??fetch)(e.url+t,{...r,signal:o.signal}),l=await u.text();if(!u.ok)throw qt(u,l);return l?JSON.parse(l):void 0}catch(u){throw u instanceof y?u:(i?.throwIfAborted(),new y(0,{code:"offline",msg:"No answer came."},u))}finally{clearTimeout(a),i?.removeEventListener("abort",s)}}function qt({status:e,headers:t},r){let n;try{if(n=JSON.parse(r),typeof n.code!="string")throw 0}catch{n={code:e===429?"rate_limited":e>501?"unavailable":e===404?"not_found":"internal"}}return n.retryAfter??=Number(t.get("Retry-After"))||void 0,n.requestId??=t.get("X-Request-Id")??void 0,new y(e,n)}function W(e,t){return new Promise((r,n)=>{let i=()=>{clearTimeout(o),t?.removeEventListener("abort",i),t?.aborted?n(t.reason):r()},o=setTimeout(i,e);if(t?.aborted)return i();t?.addEventListener("abort",i)})}function B(){return Array.from(crypto.getRandomValues(new Uint8Array(16)),e=>e.toString(16).padStart(2,"0")).join("")}var ge=2e4,Nt=20;async function Je(e,t){if(!e)return t();let r=()=>W(Nt).then(t),n=globalThis.navigator?.locks;if(!n)return $t(e,r);let i=new AbortController,o=setTimeout(()=>i.abort(),ge),s=!1;try{return await n.request(e,{signal:i.signal},()=>(s=!0,clearTimeout(o),r()))}catch(a){if(s)throw a;return r()}finally{clearTimeout(o)}}async function $t(e,t){let[r,n]=[`${e}.lock`,B()],i=()=>{let[o,s]=(localStorage.getItem(r)??"").split(" "),a=Number(s)-Date.now();return a>0&&a<=ge?o:void 0};try{for(let o=performance.now()+ge;performance.now()<o;){if(i()){await W(50);continue}if(localStorage.setItem(r,`${n} ${Date.now()+ge}`),await W(10+Math.random()*20),i()===n)break}}catch{}try{return await t()}finally{try{i()===n&&localStorage.removeItem(r)}catch{}}}var Se=/^(refresh_|session_ended|unauthorized)/,Ce=Symbol();function Ve(e,t,r){let n,i=!1,o=0,s,a;function u(p){let d=n?.session!==p?.session;return o++,n=p,d&&queueMicrotask(()=>r(!!p)),p}async function l(){await s;let p=o,d=await m();return d!==Ce&&p===o&&(d||!i)&&u(d),n}async function m(){try{return await e.get()}catch{return Ce}}function f(p){i=!1;let d=()=>{i=!!p};try{let T=e.set(p);T&&(s=Promise.all([s,T.catch(d)]))}catch{d()}}function g(p){let d=n?.refreshToken;return f(p),v?.postMessage({was:d,now:p,unkept:i}),u(p)}async function k({data:p}){if(!p.was||p.was!==n?.refreshToken)return l();if(e.copied){let d=await m();if(p.was!==n?.refreshToken)return;d&&d!==Ce&&d.refreshToken===p.was&&f(p.now)}i=p.unkept,u(p.now)}let v=Gt(e.name,k),b=e.watch?.(()=>{l()});async function A(p){let d=await l();if(!d||d.accessToken!==p.accessToken)return d;if(!d.refreshToken)return g(void 0);let T;try{T=await t(d.refreshToken)}catch(w){if(!(w instanceof y&&w.status===401&&Se.test(w.code)))throw w}let E=await l();return E?.refreshToken!==d.refreshToken?E:g(T&&We(T,d.session))}function R(p){return a??=Je(e.name,()=>A(p)).finally(()=>a=void 0)}let I=Kt(e);return I&&(n=I),{signedIn:()=>!!n,load:l,renew:R,async fresh(){let p=await l();if(!p?.refreshToken||ze(p)>Bt(p))return p;try{return await R(p)}catch(d){if($(d)&&ze(p)>0)return p;throw d}},adopt:p=>{g(We(p,B()))},async end(){let p=await l();return g(void 0),p},close(){v?.close(),b?.()}}}function We({accessToken:e,refreshToken:t,expiresIn:r},n){return{accessToken:e,refreshToken:t,expiresIn:r,at:Date.now(),session:n}}function ze({expiresIn:e,at:t}){if(e===void 0)return 1/0;let r=(Date.now()-t)/1e3;return r<0?0:e-r}function Bt({expiresIn:e=0}){return Math.min(30,e/10)}function Kt(e){try{let t=e.get();return t instanceof Promise?void 0:t}catch{return}}function Gt(e,t){if(!e||typeof BroadcastChannel!="function")return;let r=new BroadcastChannel(e);return r.onmessage=t,r.unref?.(),r}function Ze({call:e,enter:t,locale:r}){let n={auth:!1},i=(o,s)=>e("GET",`/user/otp/${encodeURIComponent(o)}`,void 0,{...n,...s});return{otp:(o,s)=>e("POST","/user/otp",{locale:r,...o},{...n,...s}),resend:(o,s,a)=>e("POST","/user/otp",{otpId:o,channel:s},{...n,...a}),status:i,async watch(o,s,a){let u;for(let l=1e3;!a?.aborted;l=Math.min(l*1.3,5e3)){try{if(u=await i(o,{signal:a,retryFor:0}),a?.aborted||(s(u),u.status==="delivered"||u.status==="failed"))break}catch(m){if(a?.aborted||m.status===404)break;if(!$(m))throw m;l=Math.max(l,(m.retryAfter??0)*1e3)}await W(l,a).catch(()=>{})}return u},login:(o,s)=>t("/user/login",o,s),register:(o,s)=>e("POST","/user/register",o,{...n,...s}),resetPassword:(o,s)=>e("POST","/user/password/reset",o,{...n,...s}),anonymous:(o={},s)=>t("/user/anonymous",o,s)}}var V="user-api.social";function Ye({url:e,call:t,enter:r}){let n=async(s,a)=>(await t("POST","/user/links",s,a)).links,i=(s,a)=>r("/user/login/social",s,a);async function o({provider:s,code:a,verifier:u,invite:l,link:m},f){if(!m)return i({provider:s,code:a,verifier:u,invite:l},f);await n({provider:s,code:a,verifier:u},f)}return{providers:async s=>(await t("GET","/user/login/social",void 0,{auth:!1,...s})).providers,async redirect(s,a,{link:u,fresh:l,invite:m}={}){let f={provider:s,verifier:B()+B(),state:B(),link:u,invite:m};sessionStorage.setItem(V,JSON.stringify(f));let g=await crypto.subtle.digest("SHA-256",new TextEncoder().encode(f.verifier)),k=new URLSearchParams({returnTo:a,challenge:me(g),state:f.state});l&&k.set("fresh","true"),location.assign(`${e}/user/login/social/${encodeURIComponent(s)}?${k}`)},async finish(s){let a=JSON.parse(sessionStorage.getItem(V)??"null");if(!a)return;let u=new URL(location.href),{code:l,error:m,state:f}=Object.fromEntries(u.searchParams);if(f===a.state&&(l||m)){for(let g of["code","error","state"])u.searchParams.delete(g);if(history.replaceState(history.state,"",u),a.code=l,m)throw sessionStorage.removeItem(V),new y(400,{code:m})}if(a.code)try{let g=await o(a,s);return sessionStorage.removeItem(V),g}catch(g){throw $(g)?sessionStorage.setItem(V,JSON.stringify(a)):sessionStorage.removeItem(V),g}},login:i,links:async s=>(await t("GET","/user/links",void 0,s)).links,link:n,unlink:(s,a)=>t("DELETE",`/user/links/${encodeURIComponent(s)}`,void 0,a)}}function Xe(e,t){if(typeof e=="object")return e;if(e!=="memory")try{let n=e==="local"?globalThis.localStorage:globalThis.sessionStorage;if(n)return Ut(n,t,e==="session")}catch{}let r;return{get:()=>r,set:n=>{r=n}}}function Ut(e,t,r){return{name:t,copied:r,get(){let n=e.getItem(t);if(n==="")throw new Error("the tokens are in memory alone");return n===null?void 0:Dt(n)},set(n){if(!n)return e.removeItem(t);let i=JSON.stringify(n);try{e.setItem(t,i)}catch{e.setItem(t,""),e.setItem(t,i)}},watch(n){let i=s=>(s.key===t||s.key===null)&&n(),o=s=>s.persisted&&n();return globalThis.addEventListener?(addEventListener("storage",i),addEventListener("pageshow",o),()=>{removeEventListener("storage",i),removeEventListener("pageshow",o)}):()=>{}}}}function Dt(e){try{let t=JSON.parse(e);return typeof t?.accessToken=="string"?t:void 0}catch{return}}function ye(e={}){let t=(e.url??"").replace(/\/+$/,""),r=He({url:t,fetch:e.fetch,retryFor:e.retryFor??10}),n=Xe(e.storage??"memory",`user-api${t&&` ${t}`}`),i=Ve(n,o,e.onChange??(()=>{}));function o(l){return r("POST","/user/refresh",{refreshToken:l},{repeatable:!0,timeouts:[4,10,10],retryFor:8})}let s=async(l,m,f,g={})=>{let{signal:k}=g,v=g.auth??!0?await je(i.fresh(),k):void 0;try{return await r(l,m,f,g,v?.accessToken)}catch(b){if(!v||!(b instanceof y&&b.status===401&&Se.test(b.code)))throw b;let A=await je(i.renew(v),k);if(A?.session!==v.session)throw b;return r(l,m,f,g,A.accessToken)}};async function a(l,m,f){let g=await s("POST",l,m,{auth:!1,...f});return i.adopt(g),g}let u={url:t,call:s,enter:a,locale:e.locale,forget:i.end};return{call:s,get signedIn(){return i.signedIn()},adopt:l=>i.adopt(l),accessToken:async()=>(await i.fresh())?.accessToken,async signOut(){let l=await i.end();if(!l)return;let{accessToken:m,refreshToken:f}=l;await r("POST","/user/logout",f?{refreshToken:f}:void 0,{repeatable:!0,keepalive:!0},m).catch(k=>{if(k.status!==401)throw k})},close:()=>i.close(),...Ze(u),...Ne(u),factors:Be(u),passkeys:Ge(u),social:Ye(u)}}function je(e,t){if(!t)return e;let r=new AbortController,n=new Promise((i,o)=>{let s=()=>o(t.reason);t.aborted&&s(),t.addEventListener("abort",s,{signal:r.signal})});return Promise.race([e,n]).finally(()=>r.abort())}function c(e,t,...r){return Qe(document.createElement(e),t,r)}function Qe(e,t,r){for(let[n,i]of Object.entries(t??{}))i==null||i===!1||(n.startsWith("on")&&typeof i=="function"?e.addEventListener(n.slice(2).toLowerCase(),i):e instanceof HTMLElement&&n in e&&!/^(class|role|list|form|aria|data)/.test(n)?e[n]=i:e.setAttribute(n,i===!0?"":String(i)));return e.append(...r.filter(n=>n!==!1&&n!==null&&n!==void 0).map(n=>typeof n=="number"?String(n):n)),e}function x(e,...t){e.replaceChildren(),Qe(e,null,t)}var O=JSON.parse(document.getElementById("page").textContent),re=document.getElementById("app");function et(e){let t=getComputedStyle(e).colorScheme.split(" ");return t.includes("dark")!==t.includes("light")?t.includes("dark"):matchMedia("(prefers-color-scheme: dark)").matches}function F(e,t=0,r){return new y(t,{...r instanceof y?r.body:{},code:e},r)}var Ht=["turnstile"];function tt({room:e,url:t,locale:r,t:n},i){return new Promise((o,s)=>{let{port1:a,port2:u}=new MessageChannel,l=n("shared.captcha"),m=i,f=c("iframe",{title:l,src:t}),g=c("dialog",{class:`puzzle ${Ht.includes(i.captcha??"")?"small":""}`,"aria-label":l},c("p",null,l),f,c("button",{type:"button",onClick:()=>g.close()},n("shared.captcha_cancel")));f.addEventListener("load",()=>{let k={action:i.captchaAction??"",locale:r,dark:et(g)};f.contentWindow.postMessage(k,new URL(t,location.href).origin,[u])},{once:!0}),g.addEventListener("close",()=>{g.remove(),a.close(),s(m)}),a.onmessage=({data:k})=>{k.token&&o(k.token),k.failed?m=F("captcha"):g.close()},e.append(g),g.showModal()})}function he(e){return(t,r={})=>(e[t]??t).replace(/\{(\w+)\}/g,(n,i)=>i in r?String(r[i]):n)}var H=he(O.texts);var Jt=0;function _(e,t,r="",n){let i=`field-${++Jt}`,o=c("input",{id:i,"aria-describedby":`${i}-hint ${i}-error`,...t}),s=c("p",{id:`${i}-hint`,class:"soft"},r),a=c("p",{id:`${i}-error`,class:"error",role:"alert"});return{input:o,element:c("div",{class:"field"},c("label",{htmlFor:i},e),c("div",{class:"inputs"},n,o),c("div",{class:"below small"},s,a)),hint:(...u)=>x(s,...u),fail(u){s.hidden=!!u,x(a,u),u?o.setAttribute("aria-invalid","true"):o.removeAttribute("aria-invalid")}}}function J(e,t,r,n=""){let i=_(t,{type:"password",autocomplete:r,required:!0,maxLength:128},n),o=c("button",{type:"button",class:"show","aria-pressed":"false","aria-controls":i.input.id,onClick(){let s=i.input.type==="password";i.input.type=s?"text":"password",o.setAttribute("aria-pressed",String(s))}},e.t("signin.show"));return i.input.after(o),i}function S(e,t,r,n,i){let o=c("form",{class:"stack",noValidate:!0,onSubmit(s){s.preventDefault(),e.work((a,u)=>{r.fail(a,u),a&&o.querySelector("[aria-invalid]")?.focus()},i)}},...n,c("button",{class:"main wide"},t));return o}function Z(){let e=c("p",{class:"error",role:"alert"});return{element:c("div",{class:"below small"},e),fail:t=>x(e,t)}}function C(e,t){return c("button",{type:"button",class:"link",onClick:t},e)}var nt=`US~1~1~~3-3-4
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
UZ~998~~~2 3 2 2`;var ie=nt.split(`
`).map(e=>{let[t,r,n,i,o]=e.split("~"),s=o?o.split("/"):[];return{region:t,dial:r,trunk:n,begins:i?new RegExp(`^(?:${i})`):void 0,groups:s.filter(a=>!a.includes("=")),special:Object.fromEntries(s.filter(a=>a.includes("=")).map(a=>a.split("=")))}});function it(e){return ie.find(t=>t.region===e)}var Wt=[..."0٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０"].map(e=>e.codePointAt(0));function K(e){return e.replace(/[\p{Nd}＋]/gu,t=>{let r=t.codePointAt(0),n=Wt.find(i=>r>=i&&r<i+10);return t==="＋"?"+":n===void 0?t:String(r-n)})}var z=e=>K(e).replace(/[^0-9]/g,"");function ke(e,t){let{trunk:r}=t;return r&&e.startsWith(r)?r+rt(e.slice(r.length),t,r!=="0"):rt(e,t,!1)}function rt(e,t,r){let n=t.special[e.slice(0,2)]??t.groups.find(a=>zt(a)>=e.length)??t.groups.at(-1);if(!n||!e)return e;let i=r?" ":"",o=0,s=n.split(/(\D)/);for(let a=0;a<s.length&&o<e.length;a+=2){let l=a+2>=s.length?e.length:o+Number(s[a]);i+=(a>0?s[a-1]:"")+e.slice(o,l),o=l}return i}var zt=e=>e.split(/\D/).reduce((t,r)=>t+Number(r),0);function Pe(e,t){for(let r=1;r<=3;r++){let n=e.slice(0,r),i=n.length===r?ie.filter(a=>a.dial===n):[];if(!i.length)continue;let o=e.slice(r);return{country:i.find(a=>a.begins?.test(o))??(t?.dial===n&&!t.begins?t:i[0]),rest:o}}}function ot(e,t){let i=(K(e).replace(/\p{Cf}/gu,"").match(/\+?\s*\(?\d[\d\s().\-/‐-―]*/gu)??[]).reduce((l,m)=>z(m).length>z(l).length?m:l,"").trim(),o=z(i);if(!o)return;if(!/^(\+|00)/.test(i))return{country:t,digits:o};i.startsWith("+")||(o=o.slice(2));let s=Pe(o,t);if(!s)return;let{country:a}=s,u=a.trunk&&i.includes(`(${a.trunk})`);return{country:a,digits:u&&s.rest.startsWith(a.trunk)?s.rest.slice(a.trunk.length):s.rest}}function st(e,t){let r=0;for(let n=0;r<e.length&&n<t;r++)/[0-9+]/.test(e[r])&&n++;return r}var Vt=0,Ee=e=>e.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function at(e){let t=new Intl.DisplayNames([e],{type:"region",fallback:"code"});return r=>t.of(r)??r}function xe(e){let{regions:t}=e.settings;return t?.length?ie.filter(r=>t.includes(r.region)):ie}function ct(e,t,r){let{t:n}=e,i=xe(e),o=at(e.options.locale),s=t,a=c("span",{dir:"ltr"}),u=c("button",{type:"button",class:"country","aria-haspopup":"dialog",onClick:m,disabled:i.length<2},a),l=f=>{s=f,x(a,c("span",{class:"soft"},f.region),` +${f.dial}`),u.setAttribute("aria-label",n("signin.country_is",{name:o(f.region),dial:f.dial}))};l(t);function m(){let f=Zt(e,i,o,s,g=>{l(g),r(g)});u.after(f),f.addEventListener("close",()=>f.remove()),f.showModal()}return{element:c("div",{class:"picker"},u),set:l}}function Zt(e,t,r,n,i){let{t:o}=e,s=`countries-${++Vt}`,a=at("en"),u=t.map(d=>({country:d,name:r(d.region)})).sort((d,T)=>d.name.localeCompare(T.name,e.options.locale)).map(d=>({...d,words:Ee(`${d.name} ${a(d.country.region)}`).split(/[\s,()&-]+/).concat(d.country.region.toLowerCase(),d.country.dial)})),l=c("ul",{id:s,role:"listbox","aria-label":o("signin.country")}),m=c("p",{class:"soft",role:"status"}),f=c("input",{type:"text",role:"combobox","aria-label":o("signin.country_search"),placeholder:o("signin.country_search"),autocomplete:"off",spellcheck:!1,"aria-controls":s,"aria-expanded":"true","aria-autocomplete":"list",onInput:A,onKeydown:p}),g=c("dialog",{class:"countries","aria-label":o("signin.country")},c("div",{class:"row"},f,c("button",{type:"button",class:"link",onClick:()=>g.close()},o("signin.close"))),m,l);g.addEventListener("click",d=>d.target===g&&g.close());let k=[],v=[],b=0;function A(){let d=Ee(f.value.replace("+","")).trim(),T=(w,P)=>P.startsWith(d)?0:w.some(q=>q.startsWith(d))?1:P.includes(d)?2:3,E=u.map((w,P)=>({...w,order:P,rank:d?T(w.words,Ee(w.name)):0})).filter(w=>w.rank<3).sort((w,P)=>w.rank-P.rank||w.order-P.order);k=E.map(({country:w,name:P})=>c("li",{id:`${s}-${w.region}`,role:"option","aria-selected":String(w.region===n.region),onClick:()=>I(w)},c("span",null,P),c("span",{class:"soft",dir:"ltr"},`+${w.dial}`))),x(l,...k),m.textContent=E.length?"":o("signin.country_none"),b=d?0:Math.max(0,E.findIndex(w=>w.country.region===n.region)),v=E.map(w=>w.country),R()}function R(){k.forEach((d,T)=>d.classList.toggle("at",T===b)),f.setAttribute("aria-activedescendant",k[b]?.id??""),k[b]?.scrollIntoView({block:"nearest"})}function I(d){g.close(),i(d)}function p(d){let E={ArrowDown:1,ArrowUp:-1,PageDown:8,PageUp:-8}[d.key];d.key==="Enter"?(d.preventDefault(),v[b]&&I(v[b])):E&&(d.preventDefault(),b=Math.min(Math.max(b+E,0),k.length-1),R())}return A(),g}var lt=e=>/[@＠\p{L}]/u.test(e);function Y(e,t){let{t:r}=e,n=t.kinds.length>1,i=xe(e),o=i.find(p=>p.region===e.settings.region)??i[0]??it("US"),s=t.kinds[0],a=ct(e,o,p=>{o=p,A(),u.input.focus()}),u=_("",{autocapitalize:"none",spellcheck:!1,required:!0,dir:"ltr",onInput:k,onBlur:b},t.hint??"",a.element),l=u.element.querySelector("label"),m=t.kinds.map(p=>c("button",{type:"button",onClick:()=>{f(p),u.fail(""),u.input.focus()}},r(`signin.${p}`)));function f(p){s=p,m.forEach((d,T)=>d.setAttribute("aria-pressed",String(t.kinds[T]===s))),l.textContent=r(s==="phone"?"signin.phone_label":"signin.email_label"),u.input.inputMode=s==="phone"?"tel":"email",u.input.setAttribute("autocomplete",t.autocomplete??(s==="phone"?"tel":"email")),u.input.name=s,a.element.hidden=s!=="phone"}function g(p){return i.includes(p)?(o=p,a.set(p),!0):!1}function k(p){if(s!=="phone"||v())return;let{inputType:d,data:T}=p;d?.startsWith("delete")||d==="insertCompositionText"||d==="insertText"&&T?.length===1||b(),A()}function v(){let{input:p}=u,d=p.value;if(!n||!lt(d)||!/[@＠]/.test(d)&&z(d).length>=7)return!1;let T=d.replace(/(?<=\d)[ -](?=[\d@＠])/g,"").replace("＠","@").trim();return T!==d&&(p.value=T),f("email"),!0}function b(){if(s!=="phone"||v())return;let p=ot(u.input.value,o);p&&(p.country===o||g(p.country))&&(u.input.value=ke(p.digits,o))}function A(){let{input:p}=u,d=K(p.value),T=d.slice(0,p.selectionStart??d.length).replace(/[^0-9+]/g,"").length,E=d.trimStart().startsWith("+"),w=z(d),P=E?Pe(w,o):void 0;P&&g(P.country);let q=P?`+${P.country.dial} ${ke(P.rest,P.country)}`:(E?"+":"")+(E?w:ke(w,o));if(q===p.value)return;p.value=q;let fe=st(q,T);p.matches(":focus")&&p.setSelectionRange(fe,fe)}function R(){let p=u.input.value.trim();if(s==="email"){if(/^[^\s@]+@[^\s@]+$/.test(p))return{email:p};u.fail(r("signin.error.invalid_email"))}else{b();let d=K(u.input.value).trim(),T=z(d);if(T.length>=4)return d.startsWith("+")?{phone:`+${T}`}:{phone:T,region:o.region};u.fail(r("signin.error.invalid_phone"))}u.input.focus()}f(t.first&&n&&lt(t.first)?"email":s),u.input.value=t.first??"",b();let I=n?c("div",null,c("div",{class:"tabs",role:"group","aria-label":r("signin.kind")},...m),u.element):u.element;return{...u,element:I,value:R}}function X(e,t){let r=K(e).trim();if(/^[\d\s\-‐-―]*$/.test(r))return r.replace(/\D/g,"");let i=(r.match(/\d+(?:[ \-]\d+)*/g)??[]).map(o=>o.replace(/\D/g,""));return i.find(o=>o.length===t)??i.find(o=>o.length>=4&&o.length<=10)??""}function _e(e){let t=Math.max(0,Math.ceil(e));return`${Math.floor(t/60)}:${String(t%60).padStart(2,"0")}`}async function G(e,t,r,n){let i=e.settings.channels[0];n??=t.phone&&i!=="sms"?i:void 0;try{return await e.solving(o=>e.client.otp({...t,purpose:r,channel:n,captcha:o}))}catch(o){if(!(o instanceof y)||!o.otpId)throw o;let{otpId:s}=o;return{otpId:s,to:t.email??t.phone??"",...await e.client.status(s)}}}var Yt=["invalid_phone","invalid_email","invalid_username","weak_password","invalid_credentials","otp_invalid","forbidden","region_not_allowed","captcha_required","captcha","reauthentication_required","session_ended","unauthorized","not_found","request_timeout","too_slow","factor_invalid","passkey","passkey_unknown","site_storage","site","username_taken","phone_taken","email_taken","link_taken","rate_limited","unavailable","offline"];function Ae(e,t,r){let n=Oe(t,r.retryAfter??60);return r.code==="rate_limited"&&r.limit==="locked"?e("signin.error.locked",{time:n}):r.code==="otp_invalid"&&r.attemptsLeft?e("signin.error.otp_left",{n:r.attemptsLeft}):Yt.includes(r.code)?e(`signin.error.${r.code}`,{time:n}):e("signin.error.other",{id:r.requestId??r.code})}function Oe(e,t){let[r,n]=t<90?[t,"second"]:t<5400?[t/60,"minute"]:[t/3600,"hour"];return new Intl.NumberFormat(e,{style:"unit",unit:n,unitDisplay:"long"}).format(Math.ceil(r))}var ut=30,Xt=["invalid_number","invalid_address","not_mobile","opted_out","unreachable_handset","blocked_by_carrier"],oe=()=>performance.now()/1e3;function j(e,t,r,n={}){let{t:i,settings:o}=e,s=t.email?o.emailDigits:o.phoneDigits,a=r,u=oe(),l,m=!1,f="",g=new AbortController,k=new AbortController,v=_(i("signin.code"),{inputMode:"numeric",autocomplete:"one-time-code",name:"code",required:!0,class:"code",spellcheck:!1,dir:"ltr",onInput:T}),b=c("p",null),A=c("p",{role:"status",class:"outcome small"}),R=c("button",{type:"button",class:"link",onClick:()=>Me()}),I=c("div",{class:"row"}),p=h=>h-(oe()-u),d=()=>m||p(a.expiresIn)<=0;function T(){let h=X(v.input.value,s);v.input.value!==h&&h.length>=4&&(v.input.value=h),!n.waits&&h.length===s&&h!==f&&v.input.form?.requestSubmit()}function E(){let h=X(v.input.value,s);if(h.length>=4)return f=h,{otpId:a.otpId,otp:h};v.fail(i("signin.error.code_short",{n:s})),v.input.focus()}function w(h){!(h instanceof y)||!["otp_invalid","not_found"].includes(h.code)||h.field&&h.field!=="otp"||(m=!h.attemptsLeft,v.input.select(),q())}function P(h){a=h,u=oe(),l=void 0,m=!1,f="",x(b,...jt(i(`signin.sent_by.${a.channel}`),a.to)),g.abort(),g=new AbortController,e.client.watch(a.otpId,L=>{l=L,q()},g.signal).catch(()=>{}),q()}function q(){let h=p(a.resendIn);v.hint(d()?i("signin.code_gone"):i("signin.code_hint",{n:s,time:_e(p(a.expiresIn))})),R.textContent=d()?i("signin.code_new"):h>0?i("signin.again_in",{time:_e(h)}):i("signin.again"),R.setAttribute("aria-disabled",String(!d()&&h>0));let L=fe();A.textContent!==L&&(A.textContent=L);let M=xt(h);I.dataset.offer!==M.join()&&(I.dataset.offer=M.join(),x(I,...M.map(qe=>c("button",{type:"button",onClick:()=>Me(qe)},i(`signin.by.${qe}`)))))}function fe(){if(d())return"";if(l?.status==="failed")return i(`signin.failed.${Xt.includes(l.reason??"")?l.reason:"other"}`);if(l?.status==="delivered")return i("signin.status.delivered");let h=l?.expectedIn??a.expectedIn;if(oe()-u>Math.max(ut,3*(h??0)))return i("signin.status.late");let L=i(`signin.status.${l?.status==="sent"?"sent":"queued"}`);return h?`${L} ${i("signin.status.expected",{time:Oe(e.options.locale,h)})}`:L}function xt(h){if(l?.status==="failed")return l.offer??[];let L=oe()-u>Math.max(ut,3*(l?.expectedIn??a.expectedIn??0));return!t.phone||!L||h>0||l?.status==="delivered"?[]:o.channels.filter(M=>M!==a.channel)}function Me(h){R.getAttribute("aria-disabled")==="true"&&!h||e.work(v.fail,async()=>{P(await _t(h)),v.input.focus()})}async function _t(h){if(d()||h&&l?.status!=="failed")return G(e,t,n.purpose,h);let{otpId:L}=a;try{return await e.solving(M=>e.client.call("POST","/user/otp",{otpId:L,channel:h,captcha:M},{auth:!1}))}catch(M){if(!(M instanceof y)||M.code!=="not_found")throw M;return G(e,t,n.purpose,h)}}let At=setInterval(q,1e3);return P(r),Qt(v.input,k.signal),{field:v,lead:b,value:E,refused:w,below:c("div",{class:"message"},A,c("div",{class:"row"},R),I),stop(){clearInterval(At),g.abort(),k.abort()}}}function jt(e,t){let[r,n]=e.split("{to}");return[r,c("strong",{dir:"ltr"},t),n]}function Qt(e,t){if(!("OTPCredential"in window))return;let r={otp:{transport:["sms"]},signal:t};navigator.credentials.get(r).then(n=>{e.value=n.code,e.dispatchEvent(new Event("input"))},()=>{})}var en=4*6e4;function Q(e){return e.offers("passkey")&&isSecureContext&&!!e.settings.passkeys?.includes(location.origin)&&e.client.passkeys.supported()}async function tn(e,t){let r;await ae(e,async()=>r=await e.client.passkeys.signIn({mfaToken:t}),n=>{throw n}).catch(n=>{if(r||n instanceof y)throw n;if(!["NotAllowedError","AbortError"].includes(n.name))throw F("passkey",0,n)})}function se(e,t,{mfaToken:r,inField:n}={}){if(!Q(e))return;let i=async()=>{await e.work(t,async()=>{await n?.pause(),await tn(e,r)}),n?.start()};return c("button",{type:"button",class:"wide",onClick:()=>{i()}},e.t("signin.passkey"))}function dt(e,t){let r=new AbortController,n=Promise.resolve(),i=!Q(e),o=()=>(r.abort(),n),s=()=>{i||(r.abort(),r=new AbortController,n=nn(e,t,r.signal))};return s(),{start:s,pause:o,end(){i=!0,r.abort()}}}async function nn(e,t,r){if(await e.client.passkeys.autofills())for(;!r.aborted;){let n=new AbortController,i=()=>n.abort();r.addEventListener("abort",i);let o=setTimeout(i,en);try{let s=await e.client.passkeys.signIn({autofill:!0,signal:n.signal});await e.done(s);return}catch(s){if(s instanceof y&&s.code==="invalid_credentials")t(e.t("signin.error.passkey_unknown"));else if(!n.signal.aborted)return}finally{clearTimeout(o),r.removeEventListener("abort",i)}}}function pt(e,t,r){let{t:n}=e,i=Z(),o=c("p",{role:"status",class:"outcome small"}),s=c("button",{type:"button",class:"wide",async onClick(){try{await navigator.clipboard.writeText(r.join(`
`)),o.textContent=n("signin.recovery_copied")}catch{o.textContent=n("signin.recovery_by_hand")}}},n("signin.recovery_copy"));return{name:"recovery",title:n("signin.recovery_title"),body:[c("p",null,n("signin.recovery_keep")),c("ul",{class:"recovery",dir:"ltr"},...r.map(a=>c("li",null,c("code",null,a)))),o,s,c("button",{type:"button",class:"main wide",onClick:()=>{e.work(i.fail,()=>e.done(t))}},n("signin.recovery_kept")),i.element]}}var ce=6;async function ft(e,t,r){if(r.includes("enroll"))return e.go(sn(e,t,await e.client.factors.enroll(t)));let n=r.includes("passkey")&&Q(e);if(r.includes("totp"))return e.go(yt(e,t,r));if(n||!r.includes("recovery_code"))return e.go(on(e,t,r));e.go(Re(e,t,r))}async function mt(e,t,r=n=>e.done(n)){let n;try{n=await e.client.factors.complete(t)}catch(i){if(!(i instanceof y)||i.code!=="otp_invalid")throw i;if(i.field!=="mfaToken")throw F("factor_invalid",i.status,i);return e.begin(F("too_slow",i.status))}await r(n)}function rn(e){let t=_(e.t("signin.totp"),{inputMode:"numeric",autocomplete:"one-time-code",name:"totp",class:"code",required:!0,dir:"ltr",onInput(){let r=X(t.input.value,ce);r.length!==ce||r===t.input.dataset.tried||(t.input.value=t.input.dataset.tried=r,t.input.form?.requestSubmit())}},e.t("signin.totp_hint"));return t}function gt(e,t,r){let n=rn(e);return{element:S(e,e.t("signin.sign_in"),n,[n.element],async()=>{let o=X(n.input.value,ce);if(o.length===ce)return mt(e,{mfaToken:t,totp:o},r);n.fail(e.t("signin.error.code_short",{n:ce})),n.input.focus()}),input:n.input,fail:n.fail}}function yt(e,t,r){let{t:n}=e,i=gt(e,t);return{name:"factor",title:n("signin.factor_title"),focus:i.input,body:[c("p",null,n("signin.factor_app")),i.element,r.includes("passkey")&&se(e,i.fail,{mfaToken:t}),ve(e,r.includes("recovery_code")&&C(n("signin.factor_lost"),()=>e.go(Re(e,t,r))))]}}function on(e,t,r){let{t:n}=e,i=Z(),o=se(e,i.fail,{mfaToken:t});return o?.classList.add("main"),{name:"factor-passkey",title:n("signin.factor_title"),focus:o,body:[c("p",null,n(o?"signin.factor_passkey":"signin.factor_elsewhere")),i.element,o,ve(e,r.includes("recovery_code")&&C(n("signin.factor_lost"),()=>e.go(Re(e,t,r))))]}}function Re(e,t,r){let{t:n}=e,i=_(n("signin.recovery"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0,maxLength:64,dir:"ltr"},n("signin.recovery_hint")),o=S(e,n("signin.sign_in"),i,[i.element],async()=>{let s=i.input.value.trim();if(s)return mt(e,{mfaToken:t,recoveryCode:s});i.fail(n("signin.error.required")),i.input.focus()});return{name:"factor-lost",title:n("signin.factor_title"),focus:i.input,body:[o,ve(e,r.includes("totp")&&C(n("signin.factor_use_app"),()=>e.go(yt(e,t,r))))]}}function sn(e,t,r){let{t:n}=e,i=gt(e,t,async o=>{try{e.go(pt(e,o,await e.client.factors.recoveryCodes()))}catch(s){if(!(s instanceof y))throw s;await e.done(o)}});return{name:"enroll",title:n("signin.enroll_title"),focus:i.input,body:[c("p",null,n("signin.enroll_scan")),c("img",{class:"qr",alt:n("signin.enroll_picture"),width:200,height:200,src:`data:image/svg+xml,${encodeURIComponent(r.svg)}`}),c("p",{class:"small"},n("signin.enroll_type")," ",c("code",{dir:"ltr"},r.secret.replace(/(.{4})(?=.)/g,"$1 "))),r.uri.startsWith("otpauth:")&&c("a",{class:"small open",href:r.uri},n("signin.enroll_open")),i.element,ve(e,!1)]}}var ve=(e,t)=>c("div",{class:"links"},t,C(e.t("signin.back"),()=>e.begin()));function ht(e,t,r){let{t:n}=e,i=_(n("signin.invite"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0},n("signin.invite_hint"));return r&&i.fail(r),{name:"invite",title:n("signin.invite_title"),focus:i.input,body:[S(e,n("signin.continue"),i,[i.element],()=>t(i.input.value.trim())),C(n("signin.back"),()=>e.begin())]}}function le(e,{methods:t=[]},r){let{t:n}=e,i=["phone","email"].filter(a=>t.includes(a));if(t.includes("password"))return an(e,i,r);let o=Y(e,{kinds:i.length?[...i]:["email"],hint:n("signin.second_hint")}),s=S(e,n("signin.continue"),o,[o.element],async()=>{let a=o.value();a&&e.go(cn(e,a,await G(e,a),r))});return{name:"second",title:n("signin.second_title"),focus:o.input,body:[c("p",null,n("signin.second_address")),s,Ie(e)]}}function an(e,t,r){let{t:n}=e,i=J(e,n("signin.password"),"current-password"),o=S(e,n("signin.continue"),i,[i.element],async()=>{if(i.input.value)return r({secondPassword:i.input.value});i.fail(n("signin.error.required")),i.input.focus()}),s=C(n("signin.use_code"),()=>e.go(le(e,{methods:t},r)));return{name:"second",title:n("signin.second_title"),focus:i.input,body:[c("p",null,n("signin.second_password")),o,t.length>0&&s,Ie(e)]}}function cn(e,t,r,n){let{t:i}=e,o=j(e,t,r),s=S(e,i("signin.continue"),o.field,[o.field.element],()=>ue(o,({otpId:a,otp:u})=>n({secondOtpId:a,secondOtp:u})));return{name:"second-code",title:i("signin.second_title"),focus:o.field.input,leave:o.stop,body:[o.lead,s,o.below,Ie(e)]}}var Ie=e=>c("div",{class:"links"},C(e.t("signin.back"),()=>e.begin()));async function N(e,t){await ae(e,()=>e.solving(r=>e.client.login({...t,captcha:r})),r=>{if(r.code==="mfa_required")return e.go(le(e,r,n=>N(e,{...t,...n})));if(r.code==="forbidden"&&t.otpId&&e.settings.signUp==="invite")return e.go(ht(e,n=>N(e,{...t,invite:n}),t.invite?e.t("signin.error.invite"):""));throw r})}async function ae(e,t,r){let n;try{n=await t()}catch(i){if(!(i instanceof y))throw i;return i.mfaToken?ft(e,i.mfaToken,i.methods??[]):r(i)}await e.done(n)}function kt(e,t,r){let{t:n}=e,i=j(e,t,r);return{name:"code",title:n("signin.code_title"),focus:i.field.input,leave:i.stop,body:[i.lead,S(e,n("signin.sign_in"),i.field,[i.field.element],()=>ue(i,o=>N(e,o))),i.below,c("div",{class:"links"},C(n("signin.other_address"),()=>e.begin()))]}}async function ue(e,t){let r=e.value();if(r)try{await t(r)}catch(n){throw e.refused(n),n}}function Fe(e){let{t,settings:r}=e,n=Y(e,{kinds:r.mail?["phone","email"]:["phone"],hint:t("signin.reset_hint"),first:e.options.hint}),i=S(e,t("signin.continue"),n,[n.element],async()=>{let o=n.value();o&&e.go(ln(e,o,await G(e,o,"reset")))});return{name:"reset",title:t("signin.reset_title"),focus:n.input,body:[i,c("div",{class:"links"},C(t("signin.back"),()=>e.go(ee(e))))]}}function ln(e,t,r){let{t:n}=e,i=j(e,t,r,{purpose:"reset",waits:!0}),o=J(e,n("signin.new_password"),"new-password",n("signin.password_hint")),s=c("input",{type:"text",autocomplete:"username",value:t.email??t.phone,hidden:!0,readOnly:!0}),a=S(e,n("signin.reset_do"),{...i.field,fail(u,l){let m=l?.code==="weak_password";i.field.fail(m?"":u),o.fail(m?u:"")}},[i.field.element,s,o.element],()=>ue(i,async u=>{let l=o.input.value;if(!l)return o.fail(n("signin.error.required")),o.input.focus();await vt(e,t,{...u,newPassword:l})}));return{name:"new-password",title:n("signin.reset_title"),focus:i.field.input,leave:i.stop,body:[i.lead,a,i.below,c("div",{class:"links"},C(n("signin.other_address"),()=>e.go(Fe(e))))]}}async function vt(e,t,r){try{await e.client.resetPassword(r)}catch(n){if(!(n instanceof y)||n.code!=="mfa_required")throw n;return e.go(le(e,n,i=>vt(e,t,{...r,...i})))}try{await N(e,{...t,password:r.newPassword})}catch(n){if(!(n instanceof y))throw n;e.go(un(e))}}function un(e){let{t}=e,{element:r}=Z();return{name:"set",title:t("signin.reset_done"),body:[c("p",null,t(e.settings.resetWaits?"signin.reset_waits":"signin.reset_next")),r,c("button",{type:"button",class:"main wide",onClick:()=>e.go(ee(e))},t("signin.sign_in"))]}}function dn(e,t){return e.includes("@")?{email:e}:/^[+0-9][0-9 ()./-]+$/.test(K(e))?{phone:e,region:t}:{username:e}}function ee(e,t=e.options.hint??"",r=""){let{t:n,settings:i}=e,o=_(n("signin.account"),{autocomplete:"username",autocapitalize:"none",spellcheck:!1,required:!0,name:"username",value:t}),s=J(e,n("signin.password"),"current-password"),a=S(e,n("signin.sign_in"),s,[o.element,s.element],async()=>{let l=o.input.value.trim();if(o.fail(l?"":n("signin.error.required")),!l)return o.input.focus();if(!s.input.value)return s.fail(n("signin.error.required")),s.input.focus();await N(e,{...dn(l,i.region),password:s.input.value})});r&&s.fail(r);let u=e.offers("phone")||e.offers("email");return{name:"password",title:n("signin.password_title"),focus:t?s.input:o.input,body:[a,c("div",{class:"links"},u&&C(n("signin.use_code"),()=>e.begin()),C(n("signin.forgot"),()=>e.go(Fe(e))))]}}function wt(e){let{t,settings:r}=e,n=_(t("signin.username"),{autocomplete:"username",autocapitalize:"none",spellcheck:!1,required:!0,maxLength:64,name:"username"},t("signin.username_hint")),i=J(e,t("signin.new_password"),"new-password",t("signin.password_hint")),o=r.signUp==="invite"?_(t("signin.invite"),{autocomplete:"off",autocapitalize:"none",spellcheck:!1,required:!0}):void 0,s=o?[n,i,o]:[n,i],a={invalid_username:n,username_taken:n,weak_password:i,forbidden:o??n},u=S(e,t("signin.create"),{...i,fail(l,m){s.forEach(f=>f.fail("")),(a[m?.code??""]??i).fail(l)}},s.map(l=>l.element),async()=>{let l=s.find(g=>!g.input.value);if(l)return l.fail(t("signin.error.required")),l.input.focus();let m=n.input.value.trim().toLowerCase(),f=i.input.value;await e.client.register({username:m,password:f,invite:o?.input.value.trim()}),await N(e,{username:m,password:f})});return{name:"register",title:t("signin.register_title"),focus:n.input,body:[u,c("div",{class:"links"},C(t("signin.back"),()=>e.begin()))]}}var pn={github:"GitHub",line:"LINE",linkedin:"LinkedIn",wechat:"WeChat"};function bt(e,t){let{settings:r,options:n}=e;return!e.offers("sites")||!n.comeBack||!isSecureContext?[]:(r.social??[]).map(({name:i})=>c("button",{type:"button",class:"wide",onClick:()=>{e.work(t,()=>fn(e,i))}},e.t("signin.site",{site:pn[i]??i.charAt(0).toUpperCase()+i.slice(1)})))}async function fn(e,t,r){try{e.options.leave?.(),await e.client.social.redirect(t,e.options.comeBack,{invite:r})}catch(n){throw n instanceof y?n:F("site_storage",0,n)}}function Tt(e,t=""){let{t:r,settings:n,options:i}=e,o=["phone","email"].filter(f=>e.offers(f)&&(f==="phone"||n.email));if(o.length===0)return ee(e,void 0,t);let s=Y(e,{kinds:o,hint:r("signin.ask_hint"),first:i.hint,autocomplete:Q(e)?"username webauthn":void 0}),a=S(e,r("signin.continue"),s,[s.element],async()=>{let f=s.value();f&&e.go(kt(e,f,await G(e,f)))}),u=f=>s.fail(f),l=dt(e,u),m=[se(e,u,{inField:l}),...bt(e,u)].filter(f=>!!f);return t&&s.fail(t),{name:"ask",title:r("signin.title",{name:i.name}),focus:s.input,leave:l.end,body:[a,m.length>0&&c("div",{class:"or small soft"},c("span",null,r("signin.or"))),m.length>0&&c("div",{class:"stack tight"},...m),c("div",{class:"links"},e.offers("password")&&C(r("signin.use_password"),()=>e.go(ee(e))),e.offers("password")&&n.signUp!=="closed"&&C(r("signin.new_account"),()=>e.go(wt(e))))]}}var we=class{t;client;settings;step;busy=!1;options;root;first;constructor(t,r,n){this.root=t,this.options=r,this.first=n,this.t=he(r.texts),this.client=r.client,this.settings=r.settings}go(t){let r=!this.step;this.close(),this.step=t;let n=c("h1",{tabIndex:-1},t.title),{application:i}=this.settings;x(this.root,c("div",{class:`step ${t.name}`},c("header",null,n,i&&c("p",{class:"soft"},this.t("signin.for",{name:i}))),...t.body)),(!r||this.options.focus)&&(t.focus??n).focus()}offers(t){let{methods:r}=this.options;return!r?.length||r.includes(t)}close(){this.step?.leave?.(),this.step=void 0}shows(t){return this.step===t}async work(t,r){if(!this.busy){this.busy=!0,this.root.setAttribute("aria-busy","true"),t("");try{await r()}catch(n){if(!(n instanceof y))throw n;t(Ae(this.t,this.options.locale,n),n),this.options.failed?.(n)}finally{this.busy=!1,this.root.removeAttribute("aria-busy")}}}async solving(t){try{return await t()}catch(r){let{captcha:n}=this.options;if(!(r instanceof y)||r.code!=="captcha_required"||!n)throw r;return t(await n(r))}}begin(t){this.go(this.first(this,t&&Ae(this.t,this.options.locale,t)))}async done(t){try{await this.options.done(t)}catch(r){if(!(r instanceof y))throw r;this.begin(r)}}};function Ct(e,t,r){let n=new we(e,t,Tt);return r?(n.go(gn(n)),mn(n,r)):n.begin(),{close(){n.close(),e.replaceChildren()}}}async function mn(e,t){let r=!1;await e.work((n,i)=>i&&e.begin(i),()=>ae(e,async()=>{let n=await t();if(n)return n;throw r=!0,F("none")},n=>{if(r)return e.begin();throw n.code==="forbidden"?F("site",n.status,n):n}))}function gn(e){return{name:"wait",title:e.t("signin.wait"),body:[c("div",{class:"bar",role:"progressbar","aria-label":e.t("signin.wait")})]}}function St(e,t){if(!e||e.length>2e3||!/^\/(?![/\\])/.test(e)||/[\\\u0000-\u0020\u007f-\u009f]/.test(e))return;let r;try{r=new URL(e,t)}catch{return}if(!(r.origin!==t||r.pathname.startsWith("//")||r.pathname==="/"))return r.href}var be="user-api.signin",de=O.data,D=new URLSearchParams(location.search),Le=D.has("state")&&(D.has("code")||D.has("error"))&&!de.application,U=Le?yn():de.application?{authorize:location.search.slice(1)}:{returnTo:D.get("returnTo")??void 0},{locale:te}=O,pe=ye({storage:"local",locale:te}),Te=ye({locale:te});function yn(){try{let e=sessionStorage.getItem(be);return sessionStorage.removeItem(be),JSON.parse(e??"{}")}catch{return{}}}function hn(){return St(U.returnTo??null,location.origin)??(O.links.account&&new URL(O.links.account,location.origin).href)}async function kn(e){if(U.authorize!==void 0){let r=await Te.call("POST","/oauth/authorize",{query:U.authorize});return Et(r.location)}let t=await pe.accessToken().catch(()=>{});pe.adopt(e),t&&await Te.call("POST","/user/logout",void 0,{auth:!1,headers:{Authorization:`Bearer ${t}`},retryFor:0}).catch(()=>{}),Pt()}function Pt(){let e=hn();if(e)return Et(e);x(re,c("div",{class:"card step"},c("h1",{tabIndex:-1},H("signin.signed_in")),c("button",{type:"button",class:"wide",onClick:()=>{pe.signOut().catch(()=>{}).then(()=>location.reload())}},H("signin.sign_out"))))}function Et(e){x(re,c("div",{class:"card step"},c("h1",{tabIndex:-1},H("signin.signed_in")),c("a",{class:"button main wide",href:e},H("signin.go_on")))),location.replace(e)}function vn(){let e=c("div",{class:"card signin"}),{logo:t,terms:r,privacy:n}=O.brand;x(re,t&&c("img",{class:"logo",src:t,alt:O.brand.name,height:48}),e,(r||n)&&c("footer",{class:"row small soft"},r&&c("a",{href:r},H("signin.terms")),n&&c("a",{href:n},H("signin.privacy")))),Ct(e,{client:Te,settings:de,locale:te,texts:O.texts,name:O.brand.name,done:kn,captcha:O.links.captcha===void 0?void 0:i=>tt({room:re,url:O.links.captcha,locale:te,t:H},i),hint:D.get("login_hint")??void 0,focus:matchMedia("(hover: hover)").matches,comeBack:de.home===`${location.origin}/`?de.home:void 0,leave:()=>sessionStorage.setItem(be,JSON.stringify({...U,locale:te}))},Le?()=>Te.social.finish():void 0)}async function wn(){if(!pe.signedIn||U.authorize!==void 0||Le||D.get("fresh")==="1")return!1;try{return await pe.user(),!0}catch(e){if(e instanceof y)return!1;throw e}}U.locale&&U.locale!==te&&!D.has("ui_locales")?(sessionStorage.setItem(be,JSON.stringify(U)),D.set("ui_locales",U.locale),location.replace(`/?${D}`)):await wn()?Pt():vn();
