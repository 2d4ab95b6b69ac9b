import { fileURLToPath } from "node:url";

// Next's own guess would be the folder of the nearest lockfile.
const workspace = fileURLToPath(new URL("../..", import.meta.url));

/** @type {import("next").NextConfig} */
export default {
  distDir: "dist/next",
  // `tsc -b` checks the types, here and in the root.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: workspace },
  outputFileTracingRoot: workspace,
  poweredByHeader: false,
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "Content-Security-Policy", value: "base-uri 'none'; frame-ancestors 'none'; object-src 'none'" },
        // A sign-in link is a secret in an address.
        { key: "Referrer-Policy", value: "same-origin" },
        { key: "X-Content-Type-Options", value: "nosniff" },
      ],
    },
  ],
};
