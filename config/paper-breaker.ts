/**
 * The breakers of the paper host: the settings of every breaker, with defaults of their own.
 *
 * The defaults are put on each setting and not on the group, so that a user who writes one of them
 * keeps the others.
 */
import type { z } from 'zod';
import {
  type CircuitBreakerSettingsInput,
  circuitBreakerSettingsSchema,
  openBackoffSchema,
} from './circuit-breaker.ts';

/** The schema of a breaker in which `defaults` stand in for the usual ones. */
export function breakerSettingsSchema(
  defaults: CircuitBreakerSettingsInput,
): typeof circuitBreakerSettingsSchema {
  const { openBackoff, ...others } = defaults;
  const shape = defaulted(circuitBreakerSettingsSchema, others);
  if (openBackoff) {
    shape.openBackoff = openBackoffSchema
      .safeExtend(defaulted(openBackoffSchema, openBackoff))
      .prefault({})
      .describe(circuitBreakerSettingsSchema.shape.openBackoff.description ?? '');
  }
  return circuitBreakerSettingsSchema.safeExtend(shape) as typeof circuitBreakerSettingsSchema;
}

/** The settings that `defaults` names, each with its value there as its default. */
function defaulted(schema: z.ZodObject, defaults: object): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, value] of Object.entries(defaults)) {
    const setting = schema.shape[name] as z.ZodType;
    shape[name] = setting.default(value as never).describe(setting.description ?? '');
  }
  return shape;
}
