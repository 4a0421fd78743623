/** Specifications of the charts that stand for the layers of protections. */
import { bulkheadSettingsSchema, rateLimitSettingsSchema } from '../config/protect.ts';
import { bulkheadMachine } from '../machines/bulkhead.ts';
import { rateLimitMachine } from '../machines/rate-limit.ts';
import { type AnySpec, type ChildScope, child, supervisor } from './child.ts';

/** Where protections live that a host asks for by name; their settings have the same pointers. */
export const PROTECTIONS = '/protections';

/** What the journal calls them. */
export type ProtectSpecName = 'protections' | 'protection' | 'bulkhead' | 'rateLimit';

/** What stands at a path; undefined when it is no part of a protection. */
export function protectSpecNameAt(path: string): ProtectSpecName | undefined {
  const [, root, name, layer, ...more] = path.split('/');
  if (`/${root}` !== PROTECTIONS || more.length > 0) return undefined;
  if (name === undefined) return 'protections';
  if (layer === undefined) return 'protection';
  return layer === 'bulkhead' || layer === 'rateLimit' ? layer : undefined;
}

/**
 * The specification that a name stands for; undefined when it is none of these.
 *
 * @param path of the actor, and at the same time of its settings.
 */
export function protectSpec(path: string, id: string, name: string): AnySpec | undefined {
  switch (name) {
    case 'protections':
    case 'protection':
      return supervisor({ id, children: [], intensity: 10, periodMs: 60_000 });
    case 'bulkhead': {
      const input = ({ settings }: ChildScope) => ({
        settings: bulkheadSettingsSchema.parse(settings ?? {}),
      });
      return child({ id, logic: bulkheadMachine, input, settings: path });
    }
    case 'rateLimit': {
      const input = ({ settings }: ChildScope) => ({
        settings: rateLimitSettingsSchema.parse(settings ?? {}),
      });
      return child({ id, logic: rateLimitMachine, input, settings: path });
    }
    default:
      return undefined;
  }
}
