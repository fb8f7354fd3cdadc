/** Parts of schemas that several tools share. */
import * as z from "zod";

export const keyArgument = z
  .string()
  .describe('A registration, as TENANT.TYPE.INSTANCE, such as "acme.calculator.one". status lists them.');

export const limitArgument = (usual: number, most: number) =>
  z
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .describe(`How many are told, at most. Default ${usual}, at most ${most}.`);

export const omittedField = z
  .int()
  .describe("How many fitted and are left out here; `hint` says how to ask for them.");

export const hintField = z
  .string()
  .nullable()
  .describe("How to ask for what is left out, or what to call next.");

export const timeField = z.string().describe("ISO 8601.");

export const countsField = z.record(z.string(), z.int());
