import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

export default defineConfig({
  logLevel: "warn",
  plugins: [sveltekit()],
  // They are linked from this repository, and Vite would bundle what is linked, native modules and all.
  ssr: { external: ["@redis-keyspace/demo-kit", "@redis-keyspace/sveltekit", "redis-keyspace"] },
});
