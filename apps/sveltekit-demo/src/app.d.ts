import type { Notice } from "@redis-keyspace/demo-kit/notices";
import type { LocalsSession } from "@redis-keyspace/sveltekit";
import type { DeviceData } from "$lib/server/session";

declare global {
  namespace App {
    interface Locals {
      /** Filled by `createSessionHook`. */
      session: LocalsSession<DeviceData>;
      /** Filled for `/classic`, by the hook of the article. */
      isUserLoggedIn: boolean;
      user: { email: string } | null;
      /** Redis could not say. */
      unavailable?: boolean;
    }
    interface PageData {
      readonly notice?: Notice | undefined;
      inMemory: boolean;
      /** Who is signed in. */
      email?: string;
    }
  }
}
