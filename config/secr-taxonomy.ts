/** The kinds of failure that are told apart: five groups, thirteen subgroups. */

/** Subgroups by group. */
export const failureTaxonomy = {
  PERF: ['GPU_LAG', 'CPU_STALL', 'RAM_PRESSURE'],
  ORDER: ['BATCH_MISS', 'SLIP_DRIFT', 'PARTIAL_FILL'],
  ENTROPY: ['ENTROPY_SPIKE', 'ICAP_COLLAPSE', 'PHASE_INVERT'],
  THERMAL: ['THERMAL_HALT', 'FAN_STALL'],
  NET: ['API_TIMEOUT', 'SOCKET_DROP'],
} as const;

export type FailureGroup = keyof typeof failureTaxonomy;
export type FailureSubgroup = (typeof failureTaxonomy)[FailureGroup][number];

export const failureGroups = Object.keys(failureTaxonomy) as readonly FailureGroup[];
export const failureSubgroups: readonly FailureSubgroup[] = Object.values(failureTaxonomy).flat();
