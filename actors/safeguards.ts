/** The supervisor of everything that watches over the others. Started when it is first used. */
import { type AlertsPorts, alertsChild } from './alerts.ts';
import { type SupervisorSpec, supervisor } from './child.ts';
import { type EmergencyPlanPorts, emergencyPlanChild } from './emergency-plan.ts';
import { safetyChild } from './safety.ts';

export { safeguardPaths } from './safeguard-paths.ts';

export type SafeguardPorts = AlertsPorts & EmergencyPlanPorts;

/**
 * Each child works when the others are down: they only tell each other what they decided. Receivers
 * of messages start before those who send to them. Without ports the tree can be replayed.
 */
export function safeguards(ports?: SafeguardPorts): SupervisorSpec {
  return supervisor({
    id: 'safeguards',
    intensity: 10,
    periodMs: 60_000,
    children: [alertsChild(ports), emergencyPlanChild(ports), safetyChild()],
  });
}
