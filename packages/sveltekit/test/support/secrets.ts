import { randomBytes } from "node:crypto";

export const newSecret = (): string => randomBytes(32).toString("base64");

export const secret: string = newSecret();
