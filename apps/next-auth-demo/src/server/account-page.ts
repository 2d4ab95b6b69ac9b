/** The provider's only page. It is meant to look like somebody else's. */
export function accountPage(): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Choose an account · Demo OpenID</title>
  <link rel="icon" href="data:,">
  <style>
    :root { color-scheme: light dark; }
    body { display: grid; place-content: center; min-height: 100dvh; margin: 0; background: light-dark(#eef1f7, #11141b); color: light-dark(#1a2030, #e6e9f0); font: 1rem/1.55 system-ui, sans-serif; }
    main { width: min(24rem, calc(100vw - 2rem)); box-sizing: border-box; padding: 2rem; border-radius: 1rem; background: light-dark(#fff, #1b202b); }
    h1 { margin: 0 0 0.5rem; font-size: 1.375rem; }
    p { margin: 0 0 1.5rem; color: light-dark(#5a6378, #9aa3b8); }
    label { display: grid; gap: 0.375rem; font-size: 0.875rem; font-weight: 550; }
    input, button { box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; border-radius: 0.5rem; font: inherit; }
    input { border: 1px solid light-dark(#7c869c, #6b7488); background: transparent; color: inherit; }
    button { margin-top: 1rem; border: 0; background: light-dark(#3b4fd6, #8c9bff); color: light-dark(#fff, #10142a); font-weight: 600; cursor: pointer; }
    :focus-visible { outline: 0.125rem solid light-dark(#3b4fd6, #8c9bff); outline-offset: 0.125rem; }
  </style>
</head>
<body>
  <main>
    <h1>Demo OpenID</h1>
    <p>For development. Everyone is who they say they are.</p>
    <form method="post">
      <label>
        Account
        <input type="email" name="email" required maxlength="254" value="grace@example.com" autocomplete="off">
      </label>
      <button type="submit">Continue</button>
    </form>
  </main>
</body>
</html>
`;
}
