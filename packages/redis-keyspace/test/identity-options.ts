import type { ValueCodec } from "redis-keyspace";
import type { IdentityStoreOptions, UserSessionModel } from "redis-keyspace/identity";

export interface Visit {
  userId: string;
  ends: Date;
  page: string;
}

const record: UserSessionModel<Visit> = {
  encode: (visit) => JSON.stringify(visit),
  decode(text) {
    const { userId, ends, page } = JSON.parse(text) as Record<string, unknown>;
    return { userId: String(userId), ends: new Date(String(ends)), page: String(page) };
  },
  userId: ({ userId }) => userId,
  userIdField: "userId",
  expiresAt: ({ ends }) => ends,
  expiresAtField: "ends",
  withExpiresAt: (visit, ends) => ({ ...visit, ends }),
};

export type IdentityOptions = IdentityStoreOptions<"cards", Visit>;

export const identityOptions = (basePrefix: string, codec?: ValueCodec): IdentityOptions => ({
  ...{ basePrefix, userPrefix: "user:", emailPrefix: "email:", tokenPrefix: "token:", tokenIndexPrefix: "tokens:" },
  sessions: {
    ...{ record, prefix: "visit:", indexPrefix: "visits:", pointerPrefix: "last-visit:" },
    ...{ maxSessionsPerUser: 2, codec },
  },
  links: {
    cards: {
      prefix: "card:",
      indexPrefix: "cards:",
      pointerPrefix: "last-card:",
      key: ["number"],
      codec,
      readable: ["color"],
    },
  },
});
