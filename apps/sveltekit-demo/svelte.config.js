import adapter from "@sveltejs/adapter-node";

/** @type {import("@sveltejs/kit").Config} */
export default {
  kit: {
    // Beside `dist/server.js`, which gives it a server.
    adapter: adapter({ out: "dist/app" }),
    csp: {
      mode: "nonce",
      directives: {
        "default-src": ["none"],
        "script-src": ["self"],
        "connect-src": ["self"],
        "style-src": ["self"],
        // SvelteKit hides what it reads out to screen readers after a navigation with a style attribute.
        "style-src-attr": ["unsafe-inline"],
        "img-src": ["self", "data:"],
        "form-action": ["self"],
        "frame-ancestors": ["none"],
        "base-uri": ["none"],
      },
    },
  },
};
