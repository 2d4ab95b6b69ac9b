import "lucia-3";

// … and for Lucia 3.
declare module "lucia-3" {
  interface Register {
    Lucia: import("lucia-3").Lucia<{ n?: number | undefined }>;
    DatabaseUserAttributes: { username: string };
    DatabaseSessionAttributes: { country: string; n?: number };
  }
}
