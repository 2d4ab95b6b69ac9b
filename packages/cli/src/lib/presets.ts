import { betterAuthLayout } from "@redis-keyspace/better-auth/layout";
import { curveballLayout } from "@redis-keyspace/curveball/layout";
import { expressSessionLayout } from "@redis-keyspace/express-session/layout";
import { luciaLayout, luciaV3Layout } from "@redis-keyspace/lucia/layout";
import { nextAuthLayout } from "@redis-keyspace/next-auth/layout";
import { sveltekitLayout, sveltekitV0Layout, sveltekitV1Layout } from "@redis-keyspace/sveltekit/layout";
import { type Layout, type LayoutOptions, sessionLayout } from "redis-keyspace/adapter";

export interface Preset {
  /** For people: what keeps its sessions so. */
  readonly title: string;
  readonly layout: (options?: LayoutOptions) => Layout;
  /** Whether what is stored names its user only where the application says which member does (`--user-id`). */
  readonly needsUserId: boolean;
  /** Whether the package that was replaced keeps no lists: its sessions are in none until our store has used them once. */
  readonly mayBeUnlisted: boolean;
}

const names = [
  "core",
  "lucia",
  "lucia-v3",
  "next-auth",
  "curveball",
  "sveltekit",
  "sveltekit-v0",
  "sveltekit-v1",
  "express-session",
  "better-auth",
] as const;

export type PresetName = (typeof names)[number];

export const presetNames: readonly PresetName[] = names;

export const presets: Readonly<Record<PresetName, Preset>> = {
  core: preset("createSessionStore", sessionLayout),
  lucia: preset("Lucia 2", luciaLayout),
  "lucia-v3": preset("Lucia 3", luciaV3Layout),
  "next-auth": preset("NextAuth and Auth.js", nextAuthLayout),
  curveball: preset("Curveball", curveballLayout, { needsUserId: true, mayBeUnlisted: true }),
  sveltekit: preset("SvelteKit's createSessionHook", sveltekitLayout),
  "sveltekit-v0": preset("sveltekit-redis-session 0.x", sveltekitV0Layout, { mayBeUnlisted: true }),
  "sveltekit-v1": preset("sveltekit-redis-session 1.x", sveltekitV1Layout),
  "express-session": preset("express-session, connect-redis", expressSessionLayout, {
    needsUserId: true,
    mayBeUnlisted: true,
  }),
  "better-auth": preset("better-auth", betterAuthLayout),
};

function preset(title: string, layout: Preset["layout"], traits: Partial<Preset> = {}): Preset {
  return { title, layout, needsUserId: false, mayBeUnlisted: false, ...traits };
}
