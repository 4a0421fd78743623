/**
 * The supervision tree of the paper host.
 *
 * Receivers of messages start before those who send to them: account, broker, strategy, feed.
 */
import type { FeedSettings, PaperSettings } from '../../config/paper.ts';
import { accountMachine } from '../../machines/paper/account.ts';
import { feedMonitorMachine } from '../../machines/paper/feed-monitor.ts';
import { strategyMachine } from '../../machines/paper/strategy.ts';
import { type ChildScope, child, type SupervisorSpec, supervisor } from '../child.ts';
import { circuitBreakerChild } from '../circuit-breaker.ts';
import { safeguardPaths } from '../safeguard-paths.ts';
import { signalPath } from '../signal-breaker.ts';
import { type SessionPorts, sessionActor } from './session.ts';

export type PaperPorts = SessionPorts;

/** Where each part of the paper host lives. */
export const paperPaths = {
  account: '/paper/account',
  brokerBreaker: '/paper/broker/breaker',
  session: '/paper/broker/session',
  strategy: '/paper/strategy',
  feedBreaker: '/paper/feed/breaker',
  monitor: '/paper/feed/monitor',
} as const;

/** Names of the breakers on signals that the account feeds: the kind of each is its name. */
export const paperSignals = { drawdown: 'drawdown', volatility: 'volatility' } as const;

const { account, session, strategy, feedBreaker } = paperPaths;
const { alerts, posture, safety, tradingMode } = safeguardPaths;

/** The whole paper host as `/paper`, to be put under the runtime's root. */
export function paperTree(ports: PaperPorts): SupervisorSpec {
  return supervisor({
    id: 'paper',
    intensity: 3,
    periodMs: 60_000,
    children: [
      child({
        id: 'account',
        logic: accountMachine,
        // Money is not forgotten in a crash; an event that it cannot take is left to people.
        memory: 'snapshot',
        settings: '/paper/account',
        input: ({ settings, incarnation, at }: ChildScope) => ({
          settings: settings as PaperSettings['account'],
          paths: {
            session,
            equitySignal: signalPath(paperSignals.drawdown),
            priceSignal: signalPath(paperSignals.volatility),
          },
          incarnation,
          at,
        }),
      }),
      brokerTree(ports),
      child({
        id: 'strategy',
        logic: strategyMachine,
        memory: 'snapshot',
        settings: '/paper/strategy',
        input: ({ settings }: ChildScope) => ({
          settings: settings as PaperSettings['strategy'],
          paths: { session },
        }),
      }),
      feedTree(),
    ],
  });
}

/** A session without its breaker would call unprotected: they go down together. */
function brokerTree(ports: PaperPorts): SupervisorSpec {
  return supervisor({
    id: 'broker',
    strategy: 'rest_for_one',
    intensity: 3,
    periodMs: 60_000,
    children: [
      circuitBreakerChild({ id: 'breaker', settings: '/paper/broker/breaker' }),
      child({
        id: 'session',
        logic: sessionActor(ports),
        dependsOn: ['breaker'],
        backoff: { minMs: 1_000, maxMs: 60_000, jitterRatio: 0.1 },
        // Its symbol is a setting of the whole host.
        settings: '/paper',
        input: ({ settings, incarnation, at }: ChildScope) => ({
          settings: settings as PaperSettings,
          paths: { session, account, strategy, posture, tradingMode, safety },
          incarnation,
          at,
        }),
      }),
    ],
  });
}

/** The monitor reports to the breaker next to it. */
function feedTree(): SupervisorSpec {
  return supervisor({
    id: 'feed',
    intensity: 3,
    periodMs: 60_000,
    children: [
      circuitBreakerChild({ id: 'breaker', settings: '/paper/feed/breaker' }),
      child({
        id: 'monitor',
        logic: feedMonitorMachine,
        dependsOn: ['breaker'],
        settings: '/paper/feed',
        input: ({ settings }: ChildScope) => ({
          settings: settings as FeedSettings,
          paths: { strategy, account, breaker: feedBreaker, tradingMode, alerts },
        }),
      }),
    ],
  });
}
