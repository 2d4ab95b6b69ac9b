export { type InstrumentOptions, instrument } from "./lib/opentelemetry/instrument.js";
export { redactSessions } from "./lib/opentelemetry/redact-sessions.js";
