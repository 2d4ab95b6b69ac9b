import { defineScript } from "./script.js";

/**
 * Sends a message to whoever listens, through the connection that the writes go through. The key only says which server is
 * asked. https://redis.io/docs/latest/commands/publish/
 */
export const beat = defineScript({
  name: "beat",
  short: true,
  keys: ["record"],
  args: ["channel", "text"],
  answers: { number: "heard" },
  lua: "return call('PUBLISH', channel, text)",
});
