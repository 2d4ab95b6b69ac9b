import { KeyspaceError } from "../redis/errors.js";

/**
 * Any validator that follows Standard Schema: zod, valibot, arktype and others.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/**
 * What a schema makes of data as it stands in Redis.
 *
 * @throws {KeyspaceError} `ERR_SESSION_INVALID`. It says how many issues there are and no more: an issue's path has keys
 *   of the data, which may be a visitor's own, and its message may quote a value. To see them, run the schema on the data.
 */
export async function validated<Output>(schema: StandardSchema<unknown, Output>, data: unknown): Promise<Output> {
  const result = await schema["~standard"].validate(data);
  if (result.issues === undefined) return result.value;
  throw new KeyspaceError("ERR_SESSION_INVALID", `the schema refuses the data (issues: ${result.issues.length})`);
}
