/**
 * Why the level, the trading mode, the posture or the health score changed: the evidence in words,
 * and the rules of `machines/policies` applied to it once more, from what was known before.
 */
import type {
  DegradationContext,
  DegradationEmitted,
  DegradationEvent,
} from '../../machines/degradation.ts';
import type { HealthMonitorContext, HealthMonitorEmitted } from '../../machines/health-monitor.ts';
import {
  climbAfter,
  climbScoreOf,
  dueLevel,
  leastScoreOf,
} from '../../machines/policies/degradation-level.ts';
import { scoreOf } from '../../machines/policies/health-score.ts';
import { meetOf, namesOf } from '../../machines/policies/posture-meet.ts';
import { modeOf, reasonText } from '../../machines/policies/trading-reasons.ts';
import type { PostureChangedFact, PostureContext } from '../../machines/posture.ts';
import type { TradingModeContext, TradingModeEmitted } from '../../machines/trading-mode.ts';
import { check, type Decided, judging } from './judging.ts';
import { textOf, timeText } from './values.ts';

type LevelChange = Decided<DegradationEmitted, DegradationContext, DegradationEvent>;

/** The level that the rules give for what was known before and the event. */
function levelAgain({ fact, event, before }: LevelChange): string {
  if (event.type === 'HOLD') return event.level;
  const settings = event.type === 'SETTINGS_CHANGED' ? event.settings : before.settings;
  const score = event.type === 'HEALTH_SCORED' ? event.score : before.score;
  if (score === null) return before.level;
  const climb = climbAfter(settings, before.level, before.climb, score, fact.at);
  return dueLevel(settings, before.level, { score, climb, at: fact.at });
}

function levelWords({ fact, before }: LevelChange): string {
  const { cause, hold, score, climb, to, from, dwellMs } = fact;
  if (hold) {
    const end =
      hold.expiresAtMs === null ? 'until released' : `until ${timeText(hold.expiresAtMs)}`;
    return `held by ${hold.by} ${end}: ${textOf(hold.why)}`;
  }
  const { settings } = before;
  if (cause === 'better') {
    return (
      `the score stood at ${climb?.lowestScore} or higher for ${dwellMs / 1_000} s: ` +
      `${to} takes ${climbScoreOf(settings, to)} (bound ${leastScoreOf(settings, to)} and ` +
      `two margins of ${fact.marginScore})`
    );
  }
  const bound = leastScoreOf(settings, from);
  return cause === 'worse'
    ? `the score ${score} is below ${bound}`
    : `${cause}, and the score is ${score}`;
}

const levelChanged = judging<DegradationEmitted, DegradationContext, DegradationEvent>((known) => {
  const { fact, event, before } = known;
  const settings = event.type === 'SETTINGS_CHANGED' ? event.settings : before.settings;
  const { normalScoreMin, level1ScoreMin, level2ScoreMin, level3ScoreMin } = settings;
  const bounds = [normalScoreMin, level1ScoreMin, level2ScoreMin, level3ScoreMin];
  return {
    text: `${fact.from} -> ${fact.to}: ${levelWords(known)}`,
    checks: [
      check('level before', before.level, fact.from),
      check('level by the rules', levelAgain(known), fact.to),
      check('score', event.type === 'HEALTH_SCORED' ? event.score : before.score, fact.score),
      check('bounds in the settings', bounds, fact.thresholds),
      check('margin in the settings', settings.marginScore, fact.marginScore),
      check('dwell time in the settings, ms', settings.dwellMs, fact.dwellMs),
    ],
  };
});

const modeChanged = judging<TradingModeEmitted, TradingModeContext>(({ fact, before, after }) => ({
  text:
    `${fact.from} -> ${fact.to}, by ${fact.by ?? 'the runtime'} (${textOf(fact.why)}): ` +
    reasonText(fact.reasons, fact.isReconciled),
  checks: [
    check('mode before', before.mode, fact.from),
    check('mode by all reasons', modeOf(after.reasons, after.isReconciled), fact.to),
    check('reasons', after.reasons, fact.reasons),
  ],
}));

const postureChanged = judging<PostureChangedFact, PostureContext>(({ fact, before, after }) => {
  const meet = meetOf(after.settings, after.regions);
  const was = namesOf(before);
  const lost = fact.forbidden.filter((name) => !was.includes(name));
  const gained = was.filter((name) => !fact.forbidden.includes(name));
  const parts = [
    ...(lost.length > 0 ? [`forbidden now: ${lost.join(', ')}`] : []),
    ...(gained.length > 0 ? [`allowed again: ${gained.join(', ')}`] : []),
  ];
  const cause = fact.region === null ? 'the settings' : `${fact.region} is ${fact.state}`;
  const why = fact.why === null ? '' : ` (${textOf(fact.why)})`;
  return {
    text: `${parts.join('; ') || 'another quality'}, because ${cause}${why}`,
    checks: [
      check('forbidden by the meet of all regions', namesOf(meet), fact.forbidden),
      check('who forbids', meet.forbidden, fact.reasons),
      check('quality', meet.quality, fact.quality),
    ],
  };
});

const scoreChanged = judging<HealthMonitorEmitted, HealthMonitorContext>(
  ({ fact, before, after }) => {
    const { components, settings } = after;
    const ids = Object.keys(components).sort();
    const impaired = ids
      .map((id) => ({ id, state: components[id]!.state }))
      .filter(({ state }) => state !== 'passing');
    const named = fact.impaired.map(({ id, state }) => `${id} ${state}`).join(', ');
    return {
      text: `score ${fact.scoreBefore} -> ${fact.score}: ${named || 'every component passes'}`,
      checks: [
        check('score before', before.score, fact.scoreBefore),
        check(
          'weighted score',
          scoreOf(Object.values(components), settings.criticalScoreMax),
          fact.score,
        ),
        check('components that do not pass', impaired, fact.impaired),
      ],
    };
  },
);

export const degradationEvidence = { 'degradation.changed': levelChanged };
export const tradingModeEvidence = { 'tradingMode.changed': modeChanged };
export const postureEvidence = { 'posture.changed': postureChanged };
export const healthEvidence = { 'health.changed': scoreChanged };
