/** The state charts that this runtime can run: ours, and those of its tree. */
import type { AnyStateMachine } from 'xstate';
import { z } from 'zod';
import type { AnySpec } from '../../../actors/child.ts';
import { chartOf } from '../../charts/chart.ts';
import { definitionHash } from '../../charts/definition.ts';
import { machinesOf, ownMachines } from '../../cli/commands/machines.ts';
import { Refusal } from '../problem.ts';
import { type JournalRecord, route } from '../route.ts';

const brief = z.object({
  id: z.string(),
  hash: z.string().describe('SHA-256 of the chart.'),
  description: z.string().optional(),
  stateCount: z.int(),
});
const chart = z.object({ hash: z.string(), chart: z.record(z.string(), z.json()) });

/** Logic of all workers below. */
const logics = (spec: AnySpec): readonly unknown[] =>
  spec.kind === 'supervisor'
    ? [...spec.children, ...(spec.template ? [spec.template as AnySpec] : [])].flatMap(logics)
    : [spec.logic];

type Machines = ReadonlyMap<string, AnyStateMachine>;

/** A chart of the host wins over one of ours with the same id. */
async function machines({ tree, children }: JournalRecord): Promise<Machines> {
  const hosted = [tree, ...children.values()].flatMap(logics);
  const all = [...(await ownMachines()), ...machinesOf(Object.fromEntries(hosted.entries()))];
  return new Map(all.map((machine) => [machine.id, machine]));
}

const read = { method: 'GET', role: 'viewer', tag: 'machines' } as const;

export const machineRoutes = [
  route({
    ...{ ...read, url: '/api/machines', reply: z.array(brief) },
    summary: 'Every state chart',
    handle: async ({ record }) =>
      [...(await machines(record)).values()].map((machine) => {
        const { id, description, nodes } = chartOf(machine);
        const about = description === undefined ? {} : { description };
        return { id, hash: definitionHash(machine), ...about, stateCount: nodes.length - 1 };
      }),
  }),
  route({
    ...{ ...read, url: '/api/chart/:id', reply: chart },
    summary: 'One state chart: states and transitions',
    params: z.strictObject({ id: z.string().min(1).max(200) }),
    handle: async ({ record, params: { id } }) => {
      const machine = (await machines(record)).get(id);
      if (machine) return { hash: definitionHash(machine), chart: chartOf(machine) };
      throw new Refusal(404, 'NOT_FOUND', `There is no chart '${id}': /api/machines lists them.`);
    },
  }),
];
