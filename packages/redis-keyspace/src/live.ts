export type {
  CacheOptions,
  EndReason,
  SessionEvent,
  SessionStream,
  SessionWatcher,
  UserWatcher,
} from "./lib/live/session-stream.js";
export type { StreamClient } from "./lib/live/sources/open-source.js";
export { createSessionStream, type SessionStreamOptions } from "./lib/live/stream.js";
