import "lucia-3";

// … and for Lucia 3.
declare module "lucia-3" {
  interface Register {
    DatabaseUserAttributes: { username: string };
    DatabaseSessionAttributes: { country: string };
  }
}
