/**
 * Units of settings: each carries its bounds and its unit, so that no setting states them again.
 */
import { z } from 'zod';

/** Unit of a setting, shown in the reference. */
export type Unit = 'ms' | 'ratio' | 'score' | 'count' | 'bytes' | 'basis points';

const yearMs = 366 * 24 * 3_600_000;

const unit = <S extends z.ZodType>(schema: S, name: Unit): S => schema.meta({ unit: name }) as S;

/** A length of time in whole milliseconds, at most a year. */
export const milliseconds = (min = 0, max = yearMs) => unit(z.int().min(min).max(max), 'ms');

/** A share from 0 to 1. */
export const ratio = (min = 0, max = 1) => unit(z.number().min(min).max(max), 'ratio');

/** A score from 0 (worst) to 100 (best). */
export const score = () => unit(z.number().min(0).max(100), 'score');

/** A whole number of things. */
export const count = (min = 0, max = 1_000_000_000) => unit(z.int().min(min).max(max), 'count');

/** A size in bytes. */
export const bytes = (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  unit(z.int().min(min).max(max), 'bytes');

/** Hundredths of a percent. */
export const basisPoints = (min = 0, max = 10_000) =>
  unit(z.number().min(min).max(max), 'basis points');
