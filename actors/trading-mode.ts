/** The trading mode's actor. */
import type { TradingModeSettings } from '../config/trading-mode.ts';
import { type TradingModeInput, tradingModeMachine } from '../machines/trading-mode.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';

/**
 * Describes the actor that decides whether orders may open. A crash releases no halt; started anew
 * it asks those at `ask` for theirs.
 */
export function tradingModeChild(
  listeners: readonly string[],
  ask: readonly string[] = [],
): ChildSpec {
  return child({
    id: 'tradingMode',
    logic: tradingModeMachine,
    memory: 'snapshot',
    settings: '/tradingMode',
    input: ({ settings, at }: ChildScope): TradingModeInput => ({
      settings: settings as TradingModeSettings,
      at,
      listeners,
      ask,
    }),
  });
}
