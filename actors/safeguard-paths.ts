/** Where the actors live that watch over the others and speak to each other by path. */
export const safeguardPaths = {
  root: '/safeguards',
  alerts: '/safeguards/alerts',
  plan: '/safeguards/emergencyPlan',
  safety: '/safeguards/safety',
  tradingMode: '/safeguards/tradingMode',
  posture: '/safeguards/posture',
} as const;
