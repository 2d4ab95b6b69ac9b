import { parseObject } from "../records/codec.js";
import { toDeadline } from "../records/expiry.js";
import type { SealedForm } from "../records/sealed-form.js";

/**
 * `{"userId":…,"expires":…,"sealed":…}`: a script finds the owner and the end where it finds them in a record that is not
 * sealed, and moves neither.
 */
export function sealedSessionForm(expiresAtField: string): SealedForm {
  const start = /^\{"userId":"(?:[^"\\]|\\.)*",/;
  const end = /^"[^"]*","sealed":"[^"]*"\}$/;
  const member = `${JSON.stringify(expiresAtField)}:`;
  return {
    hasHeader: false,
    write: ({ expiresAt, userId, sealed }) => JSON.stringify({ userId, [expiresAtField]: new Date(expiresAt), sealed }),
    read(value) {
      const json = parseObject(value);
      if (json === null || typeof json["userId"] !== "string" || typeof json["sealed"] !== "string") return null;
      const expires = new Date(String(json[expiresAtField]));
      if (Number.isNaN(expires.getTime())) return null;
      return { expiresAt: toDeadline(expires), endsAt: null, userId: json["userId"], sealed: json["sealed"] };
    },
    isSealed(value) {
      const [owner = ""] = start.exec(value) ?? [];
      return (
        owner !== "" && value.startsWith(member, owner.length) && end.test(value.slice(owner.length + member.length))
      );
    },
  };
}
