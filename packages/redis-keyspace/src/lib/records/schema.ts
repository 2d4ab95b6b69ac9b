import { KeyspaceError } from "../redis/errors.js";

/**
 * Any validator that follows Standard Schema: zod, valibot, arktype and others.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** @throws {KeyspaceError} `ERR_SESSION_INVALID`, with the paths that are wrong. Never with a value. */
export async function validated<Output>(schema: StandardSchema<Output>, data: unknown): Promise<Output> {
  const result = await schema["~standard"].validate(data);
  if (result.issues === undefined) return result.value;
  const paths = result.issues.map(({ path = [] }) =>
    ["data", ...path.map((part) => String(typeof part === "object" ? part.key : part))].join("."),
  );
  throw new KeyspaceError("ERR_SESSION_INVALID", `the schema refuses ${[...new Set(paths)].join(", ")}`);
}
