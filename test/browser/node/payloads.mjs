// Texts that would run or break out if a page made markup of them. Each sets window.pwned
// where it runs, and each is a name that the service takes: of 64 characters at most.
export const payloads = [
  '<script>pwned=1</script>', '</script><script>pwned=1</script>', '<img src=x onerror=pwned=1>', '"><img src=x onerror=pwned=1>', "'><img src=x onerror=pwned=1>",
  '<svg onload=pwned=1>', '<svg><script>pwned=1</script></svg>', '<body onload=pwned=1>', '<iframe src=javascript:pwned=1>', '<a href=javascript:pwned=1>x</a>',
  'javascript:pwned=1', '<math><mi xlink:href=javascript:pwned=1>', '<details open ontoggle=pwned=1>', '<video src=x onerror=pwned=1>', '<input autofocus onfocus=pwned=1>',
  '<style>*{display:none}</style>', '<link rel=stylesheet href=//x.test>', '<base href=//x.test/>', '<form action=//x.test><button>x', '<object data=javascript:pwned=1>',
  '<embed src=javascript:pwned=1>', '{{constructor.constructor("pwned=1")()}}', '${pwned=1}', '`;pwned=1;`', '&lt;script&gt;pwned=1&lt;/script&gt;',
  '&#60;img src=x onerror=pwned=1&#62;', '<!--><script>pwned=1</script>-->', '<template><script>pwned=1</script>', '\\u003cscript\\u003epwned=1', '" onmouseover="pwned=1',
]
