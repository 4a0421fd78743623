import { alertsPath } from '../machines/tell.ts';

/** Where the actors live that watch over the others; they find each other by these paths. */
export const safeguardPaths = {
  root: '/safeguards',
  alerts: alertsPath,
  posture: '/safeguards/posture',
  degradation: '/safeguards/degradation',
  tradingMode: '/safeguards/tradingMode',
  plan: '/safeguards/emergencyPlan',
  safety: '/safeguards/safety',
  health: '/safeguards/health',
  probes: '/safeguards/probes',
  signals: '/safeguards/signals',
} as const;
