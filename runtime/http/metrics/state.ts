/** What the runtime and its machines say of themselves at the moment of the scrape. */
import { circuitBreakerMachine } from '../../../machines/circuit-breaker.ts';
import type { Book } from '../../../machines/paper/book.ts';
import type { Runtime } from '../../runtime.ts';
import { everyActor, type TreeView } from '../../view.ts';
import { learningFamilies } from './learning.ts';
import { standbyFamilies } from './standby.ts';
import { counter, type Family, gauge, only, type Sample, states } from './text.ts';

const breakerStates = ['closed', 'open', 'halfOpen', 'isolated', 'disabled', 'metricsOnly'];
const levels = ['normal', 'level1', 'level2', 'level3', 'emergency'];
const modes = ['open', 'reduceOnly', 'halted', 'haltedAfterPlan', 'reconciling'];
const runtimeStates = ['new', 'starting', 'running', 'stopping', 'stopped', 'failed'];

/** Services that the host calls: breakers, and how their calls end. */
function services(runtime: Runtime, actors: readonly TreeView[]): readonly Family[] {
  const rows = actors
    .filter(({ machine, status }) => machine === circuitBreakerMachine.id && status === 'active')
    .map(({ path }) => {
      const breaker = runtime.breaker(path);
      return { path, state: breaker.state, metrics: breaker.metrics() };
    });
  type Row = (typeof rows)[number];
  const calls = ({ path, metrics }: Row): Sample[] => [
    { value: metrics.successCount, labels: { path, outcome: 'success' } },
    { value: metrics.failureCount, labels: { path, outcome: 'failure' } },
    { value: metrics.timeoutCount, labels: { path, outcome: 'timeout' } },
    { value: metrics.rejectionCount, labels: { path, outcome: 'rejected' } },
  ];
  const opened = rows.map(({ path, metrics }) => ({
    value: metrics.openedCount,
    labels: { path },
  }));
  return [
    gauge(
      'kintsugi_breaker_state',
      'State of each breaker: 1 for the one that holds.',
      rows.flatMap(({ path, state }) => states(breakerStates, state, { path })),
    ),
    counter('kintsugi_breaker_calls_total', 'Calls through breakers.', rows.flatMap(calls)),
    counter('kintsugi_breaker_opened_total', 'How often breakers opened.', opened),
  ];
}

/** Trading: only what the host of this runtime has. */
function trading(runtime: Runtime, actors: readonly TreeView[]): readonly Family[] {
  const account = actors.find(({ path }) => path === '/paper/account');
  const book = account?.machine === 'account' ? (account.context as Book) : undefined;
  const signals = actors.filter(({ path }) => path.startsWith('/safeguards/signals/'));
  return [
    gauge(
      'kintsugi_trading_mode',
      'Trading mode: 1 for the one that holds.',
      states(modes, runtime.tradingMode.mode),
    ),
    gauge('kintsugi_equity', 'Worth of the account, in its currency.', only(book?.equity)),
    gauge('kintsugi_position', 'Position, above 0 is long.', only(book?.positionQuantity)),
    gauge('kintsugi_realized_profit', 'Profit before fees.', only(book?.realizedProfit)),
    gauge('kintsugi_fees_paid', 'Fees, in the currency of the account.', only(book?.feesPaid)),
    gauge('kintsugi_drawdown_ratio', 'Fall from the peak, 0 to 1.', only(book?.drawdownRatio)),
    gauge(
      'kintsugi_signal_tripped',
      'Breakers on signals: 1 while one stands in the way.',
      signals.map(({ path, tags }) => ({
        value: tags.includes('refuses') ? 1 : 0,
        labels: { path },
      })),
    ),
  ];
}

export function stateFamilies(runtime: Runtime): readonly Family[] {
  const actors = everyActor(runtime.tree());
  const open = runtime.alerts.list().filter(({ state }) => state !== 'resolved');
  return [
    gauge('kintsugi_status', 'Status of the runtime.', states(runtimeStates, runtime.status)),
    counter('kintsugi_journal_entries_total', 'Entries of the journal.', only(runtime.seq)),
    gauge('kintsugi_logical_time_seconds', 'Logical time since 1970.', only(runtime.at / 1_000)),
    gauge('kintsugi_actors', 'Actors in the tree.', only(actors.length)),
    counter(
      'kintsugi_restarts_total',
      'Restarts of actors.',
      only(actors.reduce((sum, { restarts }) => sum + restarts, 0)),
    ),
    counter('kintsugi_dead_letters_total', 'Untaken events.', only(runtime.deadLetters().count)),
    gauge('kintsugi_health_score', 'Health, 0 to 100.', only(runtime.health.report().score)),
    gauge('kintsugi_degradation', 'Level.', states(levels, runtime.degradation.level)),
    gauge('kintsugi_alerts_open', 'Alerts that are not resolved.', only(open.length)),
    ...trading(runtime, actors),
    ...services(runtime, actors),
    ...standbyFamilies(runtime, actors),
    ...learningFamilies(runtime, actors),
  ];
}
