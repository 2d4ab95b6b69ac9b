import { readHeader } from "../records/header.js";
import type { StoredRecords } from "../records/stored-records.js";
import type { CacheModel } from "./cache-model.js";

/** Records by themselves, each kept as its text. */
export function cachedRecords<Value>(records: StoredRecords<Value>): CacheModel<string, Value> {
  return {
    isSealing: records.isSealing,
    sizeOf: (text) => text.length,
    // What is not sealed is read at once.
    decode: (text, storedId) => records.decode(text, storedId) as Value,
    ownerOf: (record) => records.model.userId(record),
    deadlineOf: (record) => records.deadlineOf(record),
    isLinked(text) {
      if (!records.hasHeader || !(text.includes(',"former":') || text.includes(',"successor":'))) return false;
      const links = readHeader(text);
      return (
        links !== null && (links.successor !== null || (links.former !== null && links.former.endsAt > Date.now()))
      );
    },
  };
}
