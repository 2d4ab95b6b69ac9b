/// <reference types="lucia-2" />

// What an application declares for Lucia 2 …
declare namespace Lucia {
  type Auth = import("lucia-2").Auth;
  type DatabaseUserAttributes = { username: string };
  type DatabaseSessionAttributes = { country?: string; n?: number };
}
